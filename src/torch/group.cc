// SPDX-License-Identifier: Apache-2.0
#include "torch/group.h"

#include <fmt/format.h>

#include <chrono>

#include "lmzip/error.h"

#if defined(USE_C10D_GLOO) && __has_include(<gloo/context.h>)
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#define LMZIP_GLOO 1
#endif

namespace lmzip::torch_plugin {

#ifdef LMZIP_GLOO

/// Longer than a measurement of the first process, for which the others wait.
constexpr std::chrono::minutes kPatience{30};

struct Group::Link {
  c10::intrusive_ptr<c10d::ProcessGroupGloo> processes;
};

namespace {

/// What goes wrong between processes comes as several types of exceptions; their texts' first lines say what it was.
template <typename Work>
auto linked(const Work& work) try {
  return work();
} catch (const std::exception& error) {
  const std::string_view text = error.what();
  throw Error(ErrorKind::kIo, fmt::format("the other processes of this training: {}", text.substr(0, text.find('\n'))));
}

c10::intrusive_ptr<c10d::ProcessGroupGloo> meet(const train::Peers& peers) {
  c10d::TCPStoreOptions meeting;
  meeting.port = peers.port;
  meeting.isServer = peers.rank == 0;
  meeting.numWorkers = static_cast<size_t>(peers.count);
  const auto store = c10::make_intrusive<c10d::TCPStore>(peers.address, meeting);
  const auto options = c10d::ProcessGroupGloo::Options::create(kPatience);
  // By the way to the first process, which need not be the way of this machine's own name.
  options->devices.push_back(peers.address == "127.0.0.1" || peers.address == "localhost"
                                 ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                 : c10d::ProcessGroupGloo::createDefaultDevice());
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, peers.rank, peers.count, options);
}

}  // namespace

Group::Group(const train::Peers& peers) : rank_(peers.rank), count_(peers.count) {
  if (count_ > 1) link_ = linked([&] { return std::make_unique<Link>(Link{meet(peers)}); });
}

std::vector<at::Tensor> Group::gather(const at::Tensor& mine) const {
  // Gloo knows no bfloat16; to it all are bytes.
  std::vector<at::Tensor> own = {mine.detach().cpu().contiguous().flatten().view(at::kByte)};
  std::vector<std::vector<at::Tensor>> all(1);
  for (int i = 0; i < count_; ++i) all[0].push_back(at::empty_like(own[0]));
  linked([&] { return link_->processes->allgather(all, own)->wait(); });
  for (at::Tensor& one : all[0]) one = one.view(mine.scalar_type()).view(mine.sizes());
  return all[0];
}

void Group::follow(std::span<at::Tensor> tensors) const {
  if (!link_) return;
  const at::NoGradGuard no_grad;
  for (at::Tensor& tensor : tensors) {
    std::vector<at::Tensor> bytes = {tensor.detach().cpu().contiguous().flatten().view(at::kByte)};
    linked([&] { return link_->processes->broadcast(bytes)->wait(); });
    if (rank_ != 0) tensor.copy_(bytes[0].view(tensor.scalar_type()).view(tensor.sizes()));
  }
}

#else

struct Group::Link {};

Group::Group(const train::Peers& peers) : rank_(peers.rank), count_(peers.count) {
  if (count_ > 1) throw Error(ErrorKind::kUnsupported, "built without libgloo-dev: one process trains alone");
}
std::vector<at::Tensor> Group::gather(const at::Tensor& mine) const { return {mine}; }
void Group::follow(std::span<at::Tensor>) const {}

#endif

Group::~Group() = default;

std::vector<std::vector<double>> Group::gather(std::vector<double> numbers) const {
  if (!link_) return {std::move(numbers)};
  std::vector<std::vector<double>> all;
  for (const at::Tensor& one : gather(at::tensor(numbers, at::kDouble))) {
    all.emplace_back(one.data_ptr<double>(), one.data_ptr<double>() + one.numel());
  }
  return all;
}

void Group::average(std::span<at::Tensor> gradients) const {
  if (!link_) return;
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> flat;
  for (const at::Tensor& one : gradients) flat.push_back(one.flatten());
  const std::vector<at::Tensor> all = gather(at::cat(flat));
  at::Tensor sum = all[0];
  for (int i = 1; i < count_; ++i) sum += all[static_cast<size_t>(i)];
  sum.div_(count_);
  int64_t first = 0;
  for (at::Tensor& one : gradients) {
    one.copy_(sum.narrow(0, first, one.numel()).view(one.sizes()));
    first += one.numel();
  }
}

void Group::join(TableGradients& gradients) const {
  if (!link_) return;
  const at::NoGradGuard no_grad;
  std::vector<TableGradients::Part> joined;
  for (const TableGradients::Part& part : gradients.parts) {
    const std::vector<at::Tensor> rows = gather(part.rows), values = gather(part.gradient);
    for (size_t i = 0; i < rows.size(); ++i) {
      const at::Device device = part.rows.device();
      joined.push_back({rows[i].to(device), (values[i] / count_).to(device)});
    }
  }
  gradients.parts = std::move(joined);
}

}  // namespace lmzip::torch_plugin
