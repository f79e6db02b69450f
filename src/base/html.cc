// SPDX-License-Identifier: Apache-2.0
#include "base/html.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

namespace lmzip::base {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>)";

constexpr std::string_view kStyle =
    R"(:root{color-scheme:light dark;--text:#1c1e21;--soft:#5d636b;--rule:#d9dce0;
--back:#fff;--raised:#f5f6f8;--accent:#0b5cad;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--text:#e8eaed;--soft:#a3a9b1;--rule:#363a40;--back:#16181b;--raised:#1f2226;
--accent:#8ab8f0;--bad:#ff8a80}}
@media print{:root{color-scheme:light;--text:#000;--soft:#444;--rule:#bbb;--back:#fff;--raised:#f2f2f2;--accent:#000;
--bad:#900}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem 1.5rem 4rem;max-width:96rem;background:var(--back);color:var(--text);
font:15px/1.55 system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.01em}
h2{font-size:1.35rem;margin:3rem 0 .8rem;padding-top:.9rem;border-top:2px solid var(--rule)}
p{margin:.4rem 0;max-width:60rem;overflow-wrap:anywhere}a{color:var(--accent)}
.lead,.remark,figcaption{color:var(--soft)}.remark,figcaption{font-size:.87rem}
nav{margin:1.2rem 0}nav a{margin-right:1.4rem;white-space:nowrap}
figure{margin:0;break-inside:avoid}
@media print{body{padding:0;max-width:none;font-size:10pt}nav{display:none}h2{break-after:avoid}}
)";

}  // namespace

std::string escape_markup(std::string_view text) {
  constexpr std::pair<char, std::string_view> kEntities[] = {{'&', "&amp;"},  {'<', "&lt;"},   {'>', "&gt;"},
                                                             {'"', "&quot;"}, {'\'', "&#39;"}, {0x7F, "\uFFFD"}};
  std::string out;
  out.reserve(text.size());
  for (const char byte : text) {
    const auto entity = std::ranges::find(kEntities, byte, [](const auto& pair) { return pair.first; });
    if (entity != std::end(kEntities)) {
      out += entity->second;
    } else if (static_cast<unsigned char>(byte) < 0x20 && byte != '\n' && byte != '\t') {
      out += "\uFFFD";
    } else {
      out += byte;
    }
  }
  return out;
}

std::string data_uri(std::string_view type, ByteSpan bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "data:";
  out.reserve(out.size() + type.size() + 8 + (bytes.size() + 2) / 3 * 4);
  out += type;
  out += ";base64,";
  for (; !bytes.empty(); bytes = bytes.subspan(std::min<size_t>(3, bytes.size()))) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < bytes.size() ? bytes[i] : 0u);
    for (size_t i = 0; i < 4; ++i) out += i <= bytes.size() ? kDigits[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::string open_page(std::string_view title, std::string_view style) {
  std::string out(kHead);
  out += escape_markup(title);
  out += "</title>\n<style>\n";
  out += kStyle;
  out += style;
  out += "</style>\n</head>\n<body>\n";
  return out;
}

}  // namespace lmzip::base
