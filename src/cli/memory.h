// SPDX-License-Identifier: Apache-2.0
// What malloc does with memory that was freed: one of two things, as the work wants it.
#pragma once

namespace lmzip::cli {

/// Blocks go back to the system when they are freed, so that memory stays within what the plan says; left alone, glibc
/// learns from the first ones to keep them. For everything that codes files.
void give_memory_back();

/// Blocks are kept for the next ones of their size. For work that takes and frees the same megabytes many times a
/// second.
void keep_memory();

}  // namespace lmzip::cli
