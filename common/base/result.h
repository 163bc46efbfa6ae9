#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace wayside {

/// Why an operation failed, in words for a person, and what to try where there is something to try.
/// Every level that passes an error on puts what it was doing in front with `while_doing`.
struct Error {
  std::string message;
  std::string hint;

  [[nodiscard]] Error while_doing(std::string_view what) && {
    return Error{std::string(what) + ": " + message, std::move(hint)};
  }
};

/// Aborts, in release builds too: for bugs, never for input or for failures of the outside world.
[[noreturn]] void fail_check(const char* condition, const char* file, int line);

#define WAYSIDE_CHECK(condition) ((condition) ? static_cast<void>(0) : ::wayside::fail_check(#condition, __FILE__, __LINE__))

/// A value, or why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor): return value;
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor): return Error{…};

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    WAYSIDE_CHECK(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    WAYSIDE_CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    WAYSIDE_CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    WAYSIDE_CHECK(!ok());
    return std::get<1>(state_);
  }
  Error&& error() && {
    WAYSIDE_CHECK(!ok());
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, Error> state_;
};

/// Success, or why not.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor): return Error{…};

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    WAYSIDE_CHECK(!ok());
    return *error_;
  }
  Error&& error() && {
    WAYSIDE_CHECK(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

/// Leaves the calling function with the error of `expression` when it failed.
#define WAYSIDE_TRY(expression)                                                                       \
  do {                                                                                                \
    if (auto wayside_try_ = (expression); !wayside_try_.ok()) return std::move(wayside_try_).error(); \
  } while (false)

}  // namespace wayside
