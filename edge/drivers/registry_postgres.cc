#include "edge/drivers/registry_postgres.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "common/base/log.h"
#include "edge/drivers/postgres_query.h"

namespace wayside::edge {
namespace {

constexpr double kBackoffMaxS = 60;

/// `a.b` as `"a"."b"`, each name as PostgreSQL keeps it.
std::string quoted_name(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '.') {
      out += "\".\"";
    } else {
      if (c == '"') out += '"';
      out += c;
    }
  }
  return out + "\"";
}

class RegistryPostgresDriver final : public Driver {
 public:
  RegistryPostgresDriver(const RegistryPostgresSettings& settings, DriverHost& host)
      : settings_(settings),
        host_(host),
        registry_(settings.registry, host),
        table_(settings.registry.kind),
        timer_(host.loop()) {}

  Status start() override {
    auto query = PostgresQuery::make(host_.loop(), settings_.connection, settings_.password);
    if (!query) return std::move(query).error();
    query_ = std::move(*query);
    poll();
    return {};
  }

  void stop() override {
    timer_.cancel();
    query_.reset();
  }

  std::map<std::string, std::uint64_t> counts() const override { return {{"stations", registry_.stations()}, {"rows", rows_}}; }
  void poll_once(std::function<void(const Status&)> done) override { once_ = std::move(done); }

 private:
  bool incremental() const { return !settings_.increment_by.empty(); }

  void poll() {
    std::vector<std::string> parameters;
    if (after_) parameters.push_back(*after_);
    query_->run(registry_sql(settings_, after_.has_value()), std::move(parameters),
                [this](Result<PostgresRows> rows) { take(std::move(rows)); });
  }

  void take(Result<PostgresRows> rows) {
    const Status status = rows ? take_rows(*rows) : Status(std::move(rows).error());
    double wait_s = settings_.registry.poll_interval_s;
    if (status.ok()) {
      backoff_s_ = 0;
      host_.report_ok();
    } else {
      host_.report_fault(status.error().message);
      log_limited(LogLevel::kWarn, "registry_not_read", settings_.registry.station_prefix + settings_.table,
                  {{"why", status.error().message}});
      backoff_s_ = std::clamp(backoff_s_ * 2, 1.0, kBackoffMaxS);
      wait_s = std::max(wait_s, backoff_s_);
    }
    if (once_) std::exchange(once_, nullptr)(status);
    timer_.expires_after(std::chrono::milliseconds(static_cast<std::int64_t>(wait_s * 1000)));
    timer_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) poll();
    });
  }

  Status take_rows(const PostgresRows& rows) {
    const auto place = [&rows](std::string_view name) {
      return std::find(rows.columns.begin(), rows.columns.end(), name) - rows.columns.begin();
    };
    const auto count = static_cast<std::ptrdiff_t>(rows.columns.size());
    if (place("station_id") == count) return Error{"no column station_id", "name it in the query: … AS station_id"};
    const auto growing = incremental() ? place(settings_.increment_by) : count;
    if (incremental() && growing == count)
      return Error{"increment_by: no column " + settings_.increment_by, "a column of the query"};
    if (!incremental()) table_ = StationTable(settings_.registry.kind);
    for (const auto& row : rows.rows) {
      const auto why = table_.add([&](std::string_view column) -> std::string_view {
        const auto at = place(column);
        return at == count || !row[static_cast<std::size_t>(at)] ? std::string_view()
                                                                 : std::string_view(*row[static_cast<std::size_t>(at)]);
      });
      if (why) registry_.refuse(*why, shown(row));
      if (growing != count && row[static_cast<std::size_t>(growing)]) after_ = row[static_cast<std::size_t>(growing)];
    }
    rows_ += rows.rows.size();
    if (rows.rows.empty() && incremental()) return {};
    // What an incremental query does not name any more is not gone: it has not changed.
    registry_.take(table_.stations(), !incremental());
    return {};
  }

  static std::string shown(const std::vector<std::optional<std::string>>& row) {
    std::string text;
    for (const auto& field : row) text += (text.empty() ? "" : ",") + field.value_or("");
    return text;
  }

  const RegistryPostgresSettings& settings_;
  DriverHost& host_;
  StationRegistry registry_;
  StationTable table_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<PostgresQuery> query_;
  std::optional<std::string> after_;  // rows come in its order: the last one has the greatest
  std::uint64_t rows_ = 0;
  double backoff_s_ = 0;
  std::function<void(const Status&)> once_;
};

}  // namespace

std::string registry_sql(const RegistryPostgresSettings& settings, bool after) {
  std::string from = settings.query.empty() ? quoted_name(settings.table) : "(" + settings.query + ") AS stations";
  if (settings.increment_by.empty()) return "SELECT * FROM " + from;
  const std::string column = quoted_name(settings.increment_by);
  return "SELECT * FROM " + from + (after ? " WHERE " + column + " > $1" : "") + " ORDER BY " + column;
}

void RegistryPostgresSettings::describe(SettingsVisitor& visitor) {
  visitor.text("connection", connection, "libpq's connection string or URL: host=db.example.org dbname=cta user=wayside.",
               Presence::kRequired);
  visitor.secret("password", password, "WAYSIDE_POSTGRES_PASSWORD", "File with the database user's password.");
  visitor.text("table", table, "Table with the stations, schema and all: public.stations.");
  visitor.text("query", query, "A SELECT instead, whose columns are named as a station file's.");
  visitor.text(
      "increment_by", increment_by,
      "Column that grows with each new row: only rows with more than was seen are read. Empty: all rows at each poll.");
  registry.describe(visitor);
}

Status RegistryPostgresSettings::validate() const {
  if (table.empty() == query.empty()) {
    return Error{"table: give either table or query (got " + std::string(table.empty() ? "none" : "both") + ")",
                 "table = \"stations\""};
  }
  if (connection.find("password") != std::string::npos) {
    return Error{"connection: has a password in it (got [secret])", "write it into a file and name that by password_file"};
  }
  return registry.validate();
}

DriverEntry registry_postgres_driver() {
  return {"registry_postgres", "announces the stations of a PostgreSQL table or query",
          [] { return std::make_unique<RegistryPostgresSettings>(); },
          [](const SettingsGroup& settings, DriverHost& host) -> std::unique_ptr<Driver> {
            return std::make_unique<RegistryPostgresDriver>(static_cast<const RegistryPostgresSettings&>(settings), host);
          }};
}

}  // namespace wayside::edge
