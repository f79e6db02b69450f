// SPDX-License-Identifier: Apache-2.0
// A checker of markup for tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace lmzip::base {

/// What is wrong with `text` as XML: tags that do not match, attributes without quotes or twice, stray characters,
/// unknown entities, control characters, two elements with one id. Empty: nothing. It knows no comments and no
/// CDATA, which ours has none of; the one declaration that may come first is skipped.
inline std::string markup_fault(std::string_view text) {
  const std::string_view all = text;
  std::vector<std::string_view> open, ids;
  const auto fault = [&](std::string_view what) {
    const size_t at = all.size() - text.size();
    return std::string(what) + " before: " + std::string(all.substr(at > 40 ? at - 40 : 0, 120));
  };
  const auto good_text = [](std::string_view part) {
    for (size_t i = 0; i < part.size(); ++i) {
      if (part[i] == '<' || part[i] == '>') return false;
      if (static_cast<unsigned char>(part[i]) < 0x20 && part[i] != '\n' && part[i] != '\t') return false;
      if (part[i] != '&') continue;
      const std::string_view entity = part.substr(i, part.find(';', i) - i + 1);
      const std::string_view known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
      if (std::ranges::find(known, entity) == std::end(known)) return false;
    }
    return true;
  };
  if (text.starts_with("<!DOCTYPE html>")) text.remove_prefix(15);
  bool root = false;
  while (!text.empty()) {
    const size_t tag = std::min(text.find('<'), text.size());
    // What stands in <style> is not for the eye and may hold '>'.
    if (!(open.size() > 0 && open.back() == "style") && !good_text(text.substr(0, tag))) return fault("bad text");
    text.remove_prefix(tag);
    if (text.empty()) break;
    const size_t end = text.find('>');
    if (end == text.npos) return fault("open tag");
    std::string_view inside = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (inside.starts_with('/')) {
      if (open.empty() || open.back() != inside.substr(1)) return fault("wrong end");
      open.pop_back();
      continue;
    }
    const bool empty = inside.ends_with('/');
    if (empty) inside.remove_suffix(1);
    const std::string_view name = inside.substr(0, inside.find_first_of(" \n"));
    inside.remove_prefix(name.size());
    if (open.empty() && root) return fault("two roots");
    root = true;
    std::vector<std::string_view> names;
    while (inside.find_first_not_of(" \n") != inside.npos) {
      inside.remove_prefix(inside.find_first_not_of(" \n"));
      const size_t equals = inside.find("=\"");
      const size_t close = equals == inside.npos ? equals : inside.find('"', equals + 2);
      if (close == inside.npos) return fault("bad attribute");
      const std::string_view key = inside.substr(0, equals), value = inside.substr(equals + 2, close - equals - 2);
      if (key.find_first_of(" \"'<") != key.npos || !good_text(value)) return fault("bad attribute");
      if (std::ranges::find(names, key) != names.end()) return fault("attribute twice");
      names.push_back(key);
      if (key == "id") {
        if (std::ranges::find(ids, value) != ids.end()) return fault("id twice");
        ids.push_back(value);
      }
      inside.remove_prefix(close + 1);
    }
    if (!empty) open.push_back(name);
  }
  return open.empty() && root ? "" : "not closed";
}

}  // namespace lmzip::base
