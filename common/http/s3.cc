#include "common/http/s3.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace wayside {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::size_t kBucketMin = 3;
constexpr std::size_t kBucketMax = 63;
constexpr std::size_t kHashStep = 256 * 1024;

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

/// As Signature 4 wants a path: everything but unreserved characters and slashes as %XX.
std::string encode_key(std::string_view key) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : key) {
    if (is_plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append("%").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 15U]);
  }
  return out;
}

/// The text of an element in the store's XML error; empty when it is not there.
std::string element(const std::string& xml, const std::string& name) {
  const std::size_t begin = xml.find("<" + name + ">");
  if (begin == std::string::npos) return {};
  const std::size_t from = begin + name.size() + 2;
  const std::size_t end = xml.find("</" + name + ">", from);
  return end == std::string::npos ? std::string() : xml.substr(from, end - from);
}

std::string hint_for(long status, const std::string& code, const S3Account& account) {
  if (code == "NoSuchBucket") return "make the bucket first, or check its name, the region and AWS_ENDPOINT_URL";
  if (status == 403 && !account.signs()) return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
  if (code == "RequestTimeTooSkewed") return "set this machine's clock";
  if (status == 403) {
    return "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and that this key may list the bucket, read and "
           "write there";
  }
  if (status == 301 || status == 307 || status == 400) return "check AWS_REGION (" + account.region + ") and AWS_ENDPOINT_URL";
  return "check AWS_ENDPOINT_URL, and what the store's own log says";
}

Result<std::string> sha256_of(int fd) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  WAYSIDE_CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  std::vector<char> bytes(kHashStep);
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), at);
    if (got < 0) return Error{std::string("reading what is to be sent: ") + std::strerror(errno), "check the disk"};
    if (got == 0) break;
    at += got;
    EVP_DigestUpdate(context.get(), bytes.data(), static_cast<std::size_t>(got));
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  WAYSIDE_CHECK(EVP_DigestFinal_ex(context.get(), digest, &size) == 1);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", digest[i]);
    hex += two;
  }
  return hex;
}

}  // namespace

Result<S3Place> S3Place::parse(std::string_view address) {
  const std::string_view rest = names_one(address) ? address.substr(kScheme.size()) : std::string_view();
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view bucket = rest.substr(0, slash);
  const bool named =
      bucket.size() >= kBucketMin && bucket.size() <= kBucketMax && std::all_of(bucket.begin(), bucket.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
      });
  if (!named) return Error{"no bucket is named (got " + std::string(address) + ")", "s3://bucket/path"};
  return S3Place{std::string(bucket), std::string(slash < rest.size() ? rest.substr(slash + 1) : "")};
}

std::string s3_url(const S3Place& place, const S3Account& account) {
  const std::string key = encode_key(place.key);
  if (!account.endpoint.empty()) return account.endpoint + "/" + place.bucket + "/" + key;
  const std::string host = "s3." + account.region + ".amazonaws.com";
  // Bucket names with dots do not fit the certificate of the bucket's own host.
  if (place.bucket.find('.') != std::string::npos) return "https://" + host + "/" + place.bucket + "/" + key;
  return "https://" + place.bucket + "." + host + "/" + key;
}

Error S3Store::refusal(const S3Place& place, const TransferAnswer& answer) const {
  const std::string code = element(answer.body, "Code");
  const std::string message = element(answer.body, "Message");
  std::string why = "HTTP " + std::to_string(answer.status);
  if (!code.empty()) why += " " + code;
  if (!message.empty()) why += ": " + message;
  return Error{place.address() + ": " + why, hint_for(answer.status, code, account_)};
}

Status S3Store::put(const S3Place& place, int fd) const {
  struct stat about {};
  if (::fstat(fd, &about) != 0)
    return Error{std::string("reading what is to be sent: ") + std::strerror(errno), "check the disk"};
  auto sum = sha256_of(fd);
  if (!sum) return std::move(sum).error();
  Transfer transfer{s3_url(place, account_), &account_, {}, fd, about.st_size, std::move(*sum)};
  auto answer = run_transfer(transfer, pauses_);
  if (!answer) return std::move(answer).error();
  return answer->good() ? Status() : Status(refusal(place, *answer));
}

Result<std::optional<std::string>> S3Store::beginning(const S3Place& place, std::size_t bytes) const {
  std::string begin;
  Transfer transfer{s3_url(place, account_), &account_, "0-" + std::to_string(bytes - 1)};
  // A store that knows no ranges sends all of it.
  transfer.take = [&](std::string_view part) { begin.append(part.substr(0, bytes - std::min(bytes, begin.size()))); };
  auto answer = run_transfer(transfer, pauses_);
  if (!answer) return std::move(answer).error();
  if (answer->good()) return std::optional(std::move(begin));
  if (answer->status == 404 && element(answer->body, "Code") != "NoSuchBucket") return std::optional<std::string>();
  return refusal(place, *answer);
}

Status S3Store::get(const S3Place& place, const std::function<void(std::string_view)>& take) const {
  Transfer transfer{s3_url(place, account_), &account_};
  transfer.take = take;
  auto answer = run_transfer(transfer, pauses_);
  if (!answer) return std::move(answer).error();
  return answer->good() ? Status() : Status(refusal(place, *answer));
}

}  // namespace wayside
