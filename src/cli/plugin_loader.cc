// SPDX-License-Identifier: Apache-2.0
#include "cli/plugin_loader.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

constexpr char kWhatToInstall[] = "libtorch-dev and libopenblas0-pthread";

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::kUnsupported, text); }

std::filesystem::path plugin_path() {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const auto& place : {folder, folder / "../lib/lmzip"}) {
    if (std::filesystem::exists(place / train::kPluginFile, ignored)) return place / train::kPluginFile;
  }
  refuse(fmt::format(
      "this needs {}, which is neither in {} nor in ../lib/lmzip: install the package lmzip-torch, or {} and "
      "build lmzip again",
      train::kPluginFile, folder.string(), kWhatToInstall));
}

/// OpenBLAS 0.3.21 takes new AMD processors for old ones, and is half as fast then.
bool misjudged_by_openblas() {
  std::ifstream file("/proc/cpuinfo");
  std::string text(8192, '\0');
  text.resize(static_cast<size_t>(file.read(text.data(), static_cast<std::streamsize>(text.size())).gcount()));
  return text.find("AuthenticAMD") != text.npos && text.find(" avx512f ") != text.npos;
}

const train::Plugin& load(unsigned threads) {
  constexpr int kKeepTheUsers = 0;
  if (misjudged_by_openblas()) setenv("OPENBLAS_CORETYPE", "SKYLAKEX", kKeepTheUsers);
  setenv("OPENBLAS_NUM_THREADS", std::to_string(threads).c_str(), kKeepTheUsers);

  const std::string path = plugin_path().string();
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const why = dlerror();
    refuse(fmt::format("{} cannot be loaded: {}; install {}", path, why != nullptr ? why : "?", kWhatToInstall));
  }
  const auto entry = reinterpret_cast<decltype(&lmzip_torch_plugin)>(dlsym(library, train::kPluginSymbol));
  const train::Plugin* const plugin = entry != nullptr ? entry(train::kPluginAbi) : nullptr;
  if (plugin == nullptr) refuse(fmt::format("{} belongs to another version of lmzip: build both anew", path));
  return *plugin;
}

}  // namespace

const train::Plugin& load_plugin(unsigned threads) {
  static const train::Plugin& plugin = load(threads);
  return plugin;
}

}  // namespace lmzip::cli
