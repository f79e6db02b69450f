// SPDX-License-Identifier: Apache-2.0
// What tests of refusals need.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lmzip/error.h"

namespace lmzip::test {

/// Expects `action` to throw an Error of `kind` with `part` in its message, which is one printable line.
template <typename Action>
void expect_error(Action&& action, ErrorKind kind, const std::string& part) {
  try {
    action();
    ADD_FAILURE() << "no error; expected: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
    for (const char c : std::string(error.what())) EXPECT_TRUE(c >= ' ' && c <= '~') << error.what();
  }
}

template <typename Action>
void expect_corrupt(Action&& action, const std::string& part) {
  expect_error(action, ErrorKind::kCorrupt, part);
}

}  // namespace lmzip::test
