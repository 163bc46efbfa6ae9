// The MTA's published turnstile files: control area, unit, device (SCP), then up to eight audits of date, time, what
// happened, and the registers. A register has nine digits and begins anew behind 999999999.
//   A002,R051,02-00-00,05-21-11,00:00:00,REGULAR,003169391,001097585
#include "firmware-sim/turnstile_bank.h"

#include <cstdio>
#include <ctime>

namespace wayside::sim {
namespace {

constexpr std::uint64_t kTelling = 100'000;

}  // namespace

Result<std::unique_ptr<TurnstileBank>> TurnstileBank::open(TurnstileBankOptions options, std::shared_ptr<Witness> witness) {
  auto port = PtyPort::open(options.link);
  if (!port) return std::move(port).error();
  return std::unique_ptr<TurnstileBank>(new TurnstileBank(std::move(options), std::move(*port), std::move(witness)));
}

TurnstileBank::TurnstileBank(TurnstileBankOptions options, std::unique_ptr<PtyPort> port, std::shared_ptr<Witness> witness)
    : options_(std::move(options)),
      port_(std::move(port)),
      witness_(std::move(witness)),
      random_(Random(options_.seed).fork(404)) {
  for (std::size_t i = 0; i < options_.devices; ++i) {
    Device device;
    char name[32];
    std::snprintf(name, sizeof name, "A002,R051,02-00-%02u", static_cast<unsigned>(i));
    device.name = name;
    device.entries = i == 0 ? kRegister - 5 : 1'000'000 + random_.below(8'000'000);
    device.exits = 500'000 + random_.below(4'000'000);
    device.counts_down = i == 1;
    devices_.push_back(std::move(device));
  }
}

void TurnstileBank::pass(std::uint64_t entries, std::uint64_t exits) {
  for (std::uint64_t i = 0; i < entries; ++i) {
    Device& device = devices_[random_.below(devices_.size())];
    device.entries = (device.entries + (device.counts_down ? kRegister - 1 : 1)) % kRegister;
    ++device.entered;
  }
  for (std::uint64_t i = 0; i < exits; ++i) {
    Device& device = devices_[random_.below(devices_.size())];
    device.exits = (device.exits + 1) % kRegister;
    ++device.left;
  }
}

void TurnstileBank::audit(UtcTime now) {
  for (Device& device : devices_) {
    if (device.told && random_.chance(options_.missed)) continue;
    if (device.told && random_.chance(options_.door)) write(device, UtcTime{now.ms - 1000}, "DOOR OPEN");
    write(device, now, device.told && random_.chance(0.1) ? "RECOVR AUD" : "REGULAR");
    // A small register that is reset cannot be told from one that counts on: only large ones are.
    const bool large = device.entries > kTelling && device.entries < kRegister - kTelling && device.exits > kTelling;
    if (!device.told || !large || !random_.chance(options_.reset)) continue;
    device.entries = device.exits = 0;
    device.counts_down = false;  // the new board counts as it should
  }
  ++audits_;
}

void TurnstileBank::write(Device& device, UtcTime now, const char* event) {
  port_->write(audit_line(device.name, now, event, device.entries, device.exits));
  // Who passed before the first line is known to nobody but this device.
  if (!device.told) device.entered = device.left = 0;
  device.told = true;
  if (witness_) {
    const std::string values =
        "{\"entries\":" + std::to_string(device.entered) + ",\"exits\":" + std::to_string(device.left) + "}";
    witness_->write({device.name, "mta-audit", audits_, now, format_rfc3339(UtcTime::from_seconds(now.seconds())), values});
  }
  device.entered = device.left = 0;
}

std::string audit_line(const std::string& device, UtcTime at, const char* event, std::uint64_t entries, std::uint64_t exits) {
  const auto seconds = static_cast<std::time_t>(at.seconds());
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char when[32] = "";
  std::strftime(when, sizeof when, "%m-%d-%y,%H:%M:%S", &utc);
  char registers[48];
  std::snprintf(registers, sizeof registers, "%09llu,%09llu", static_cast<unsigned long long>(entries),
                static_cast<unsigned long long>(exits));
  return device + "," + when + "," + event + "," + registers + "\r\n";
}

}  // namespace wayside::sim
