// SPDX-License-Identifier: Apache-2.0
#include "torch/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "base/replace_file.h"
#include "lmzip/error.h"
#include "model/json.h"
#include "model/safetensors.h"
#include "torch/growth.h"

namespace lmzip::torch_plugin {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormatKey[] = "lmzip.checkpoint";
constexpr char kFormat[] = "1";
constexpr char kArchitectureKey[] = "lmzip.architecture";
constexpr char kProgressKey[] = "lmzip.progress";

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// What is on the network's device and changes with training, named.
NamedTensors tensors_of(const Checkpointed& state) {
  NamedTensors all;
  for (const auto& [name, value] : state.optimiser.state()) all.emplace_back("optimiser." + name, value);
  for (const Parameter& one : state.network.parameters()) all.emplace_back("parameter." + one.name, one.value);
  return all;
}

model::Dtype dtype_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return model::Dtype::kF32;
    case at::kBFloat16:
      return model::Dtype::kBf16;
    case at::kInt:
      return model::Dtype::kI32;
    default:
      TORCH_CHECK(tensor.scalar_type() == at::kLong, "a checkpoint holds no such tensor");
      return model::Dtype::kI64;
  }
}

at::ScalarType type_of(model::Dtype dtype) {
  switch (dtype) {
    case model::Dtype::kF32:
      return at::kFloat;
    case model::Dtype::kBf16:
      return at::kBFloat16;
    case model::Dtype::kI64:
      return at::kLong;
    default:
      throw Error(ErrorKind::kCorrupt, "a tensor of a type that no checkpoint holds");
  }
}

/// The file of `tensors`, in their order.
Bytes file_of(NamedTensors tensors, model::Metadata metadata) {
  model::Safetensors contents;
  contents.metadata = std::move(metadata);
  for (auto& [name, tensor] : tensors) {
    tensor = tensor.detach().cpu().contiguous();
    model::Tensor& entry = contents.tensors.emplace_back();
    entry.name = name;
    entry.dtype = dtype_of(tensor);
    for (const int64_t size : tensor.sizes()) entry.shape.push_back(static_cast<uint64_t>(size));
    entry.data = {static_cast<const uint8_t*>(tensor.data_ptr()), tensor.nbytes()};
  }
  return model::write_safetensors(contents);
}

at::Tensor numbers_of(const std::vector<uint64_t>& values) {
  const at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), static_cast<int64_t*>(tensor.data_ptr()));
  return tensor;
}

std::vector<uint64_t> values_of(const at::Tensor& tensor) {
  const auto* const from = static_cast<const int64_t*>(tensor.data_ptr());
  return {from, from + tensor.numel()};
}

Json json_of(const train::Used& used) {
  return {{"steps", used.steps}, {"bytes", used.bytes}, {"seconds", used.seconds}};
}

train::Used used_of(const nlohmann::json& json, const char* name) {
  model::JsonFields fields(json, name);
  train::Used used;
  used.steps = static_cast<uint64_t>(fields.integer("steps", 0, INT64_MAX));
  used.bytes = static_cast<uint64_t>(fields.integer("bytes", 0, INT64_MAX));
  used.seconds = fields.number("seconds");
  fields.finish();
  return used;
}

Progress parse_progress(const std::string& text) {
  const nlohmann::json json = model::parse_json(text, 4096, "progress");
  model::JsonFields fields(json, "progress");
  Progress progress;
  progress.used = used_of(fields.at("used"), "used");
  progress.schedule_start = used_of(fields.at("schedule_start"), "schedule_start");
  const train::Used limits = used_of(fields.at("budget"), "budget");
  progress.budget = {limits.steps, limits.bytes, limits.seconds};
  progress.precision = fields.text("precision");
  if (fields.has("tokenizer")) progress.tokenizer = fields.text("tokenizer");
  fields.finish();
  return progress;
}

}  // namespace

void save_checkpoint(const std::string& path, const Checkpointed& state, const train::Sampler& sampler) {
  const train::Sampler::State places = sampler.state();
  NamedTensors all = {{"sampler.random", numbers_of({places.random})},
                      {"sampler.texts", numbers_of(places.texts)},
                      {"sampler.offsets", numbers_of(places.offsets)},
                      {"sampler.starts", numbers_of(places.starts)}};
  for (auto& one : tensors_of(state)) all.push_back(std::move(one));
  for (size_t i = 0; i < state.carried.states.size(); ++i) {
    if (state.carried.states[i].defined()) all.emplace_back(fmt::format("states.{}", i), state.carried.states[i]);
  }
  for (size_t i = 0; i < state.carried.previous.size(); ++i) {
    if (state.carried.previous[i].defined()) all.emplace_back(fmt::format("previous.{}", i), state.carried.previous[i]);
  }
  const train::Budget& budget = state.progress.budget;
  Json progress = {{"used", json_of(state.progress.used)},
                   {"schedule_start", json_of(state.progress.schedule_start)},
                   {"budget", json_of(train::Used{budget.steps, budget.bytes, budget.seconds})},
                   {"precision", state.progress.precision}};
  if (!state.progress.tokenizer.empty()) progress["tokenizer"] = state.progress.tokenizer;
  base::replace_file(path, file_of(std::move(all), {{kFormatKey, kFormat},
                                                    {kArchitectureKey, to_json(state.network.architecture())},
                                                    {kProgressKey, progress.dump()}}));
}

struct CheckpointFile::Contents {
  explicit Contents(const std::string& path) : file(path), tensors(model::read_safetensors(file.bytes())) {
    const auto format = tensors.metadata.find(kFormatKey);
    if (format == tensors.metadata.end() || format->second != kFormat) {
      throw Error(ErrorKind::kUnsupported, "is no checkpoint of this version");
    }
    progress = parse_progress(text(kProgressKey));
    architecture = model::parse_architecture(text(kArchitectureKey));
  }

  const std::string& text(const char* key) const {
    const auto found = tensors.metadata.find(key);
    if (found == tensors.metadata.end()) throw Error(ErrorKind::kCorrupt, fmt::format("{} is missing", key));
    return found->second;
  }

  /// A copy of the tensor `name`; undefined when there is none.
  at::Tensor find(const std::string& name) const {
    for (const model::Tensor& one : tensors.tensors) {
      if (one.name != name) continue;
      std::vector<int64_t> shape(one.shape.begin(), one.shape.end());
      return at::from_blob(const_cast<uint8_t*>(one.data.data()), shape, at::dtype(type_of(one.dtype))).clone();
    }
    return {};
  }
  at::Tensor get(const std::string& name) const {
    at::Tensor tensor = find(name);
    if (!tensor.defined()) throw Error(ErrorKind::kUsage, fmt::format("has no '{}': other settings made it", name));
    return tensor;
  }

  base::MappedFile file;
  model::Safetensors tensors;
  Progress progress;
  model::Architecture architecture;
};

CheckpointFile::CheckpointFile(const std::string& path) : path_(path) {
  try {
    contents_ = std::make_unique<const Contents>(path);
  } catch (const Error& error) {
    if (std::string_view(error.what()).substr(0, path.size()) == path) throw;
    throw error.within(path);
  }
}

CheckpointFile::~CheckpointFile() = default;

const Progress& CheckpointFile::progress() const { return contents_->progress; }

void CheckpointFile::load(const Checkpointed& state, train::Sampler& sampler) const {
  const at::NoGradGuard no_grad;
  try {
    const model::Architecture &before = contents_->architecture, &now = state.network.architecture();
    if (!grows_from(before, now)) {
      throw Error(ErrorKind::kUsage, "is of another architecture, which does not grow to this one");
    }
    if (contents_->progress.tokenizer != state.progress.tokenizer) {
      throw Error(ErrorKind::kUsage, "is of another tokenizer");
    }
    for (auto& [name, tensor] : tensors_of(state)) {
      if (is_of_new_layer(name, before)) continue;
      const at::Tensor kept = grown(name, contents_->get(name), before, now);
      if (kept.sizes() != tensor.sizes() || kept.scalar_type() != tensor.scalar_type()) {
        throw Error(ErrorKind::kCorrupt, fmt::format("'{}' has another shape", name));
      }
      tensor.copy_(kept);
    }
    const auto places = [&](const char* name) {
      const at::Tensor kept = contents_->get(name);
      if (kept.dim() != 1 || kept.scalar_type() != at::kLong) {
        throw Error(ErrorKind::kCorrupt, fmt::format("'{}' is no list", name));
      }
      return values_of(kept);
    };
    train::Sampler::State where{.random = 0,
                                .texts = places("sampler.texts"),
                                .offsets = places("sampler.offsets"),
                                .starts = places("sampler.starts")};
    const std::vector<uint64_t> random = places("sampler.random");
    if (random.size() != 1 || where.offsets.size() != where.texts.size() || where.starts.size() != where.texts.size()) {
      throw Error(ErrorKind::kCorrupt, "its lists of places differ in length");
    }
    where.random = random[0];
    sampler.restore(where);

    state.carried = {};
    const at::Device device = state.network.placement().device;
    for (size_t i = 0; i < contents_->architecture.layers.size(); ++i) {
      const auto carried = [&](const char* name) {
        const at::Tensor kept = contents_->find(fmt::format("{}.{}", name, i));
        if (kept.defined() && (kept.dim() < 2 || kept.size(0) != static_cast<int64_t>(where.texts.size()))) {
          throw Error(ErrorKind::kCorrupt, fmt::format("'{}.{}' has another shape", name, i));
        }
        return kept.defined() ? kept.to(device) : kept;
      };
      state.carried.states.push_back(carried("states"));
      state.carried.previous.push_back(carried("previous"));
    }
    state.progress = contents_->progress;
  } catch (const Error& error) {
    throw error.within(path_);
  }
}

void save_model(const std::string& path, const Network& network, const model::BpeTokenizer* tokenizer) {
  NamedTensors all;
  for (const Parameter& one : network.parameters()) all.emplace_back(one.name, one.value);
  if (tokenizer != nullptr) {
    const at::Tensor merges = at::empty({static_cast<int64_t>(tokenizer->merges().size()), 2}, at::kInt);
    auto* to = static_cast<int32_t*>(merges.data_ptr());
    for (const auto& [left, right] : tokenizer->merges()) {
      *to++ = static_cast<int32_t>(left);
      *to++ = static_cast<int32_t>(right);
    }
    all.emplace_back("tokenizer.merges", merges);
  }
  base::replace_file(
      path, file_of(std::move(all), {{"lmzip.format", "1"}, {"lmzip.architecture", to_json(network.architecture())}}));
}

}  // namespace lmzip::torch_plugin
