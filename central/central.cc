#include "central/central.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <semaphore>
#include <thread>

#include "central/alert_desk.h"
#include "central/api.h"
#include "central/database_lock.h"
#include "central/ingest.h"
#include "central/kafka_source.h"
#include "central/open_files.h"
#include "central/state_publisher.h"
#include "central/writer.h"
#include "common/base/log.h"
#include "common/base/program.h"
#include "common/base/service.h"

namespace wayside::central {
namespace {

namespace asio = boost::asio;

/// Batches that the fold may be ahead of the board before it waits.
constexpr std::ptrdiff_t kBatchesAheadMax = 4;
constexpr auto kKeepAlive = std::chrono::seconds(15);
constexpr auto kSecond = std::chrono::seconds(1);
FoldOptions fold_options(const CentralSettings& settings) {
  return {{settings.quarantine_rows, settings.quarantine_mb * 1024 * 1024},
          settings.keep_readings,
          settings.report_interval_s,
          {settings.limits.stations, settings.limits.stations_of_agent, settings.limits.agents, settings.limits.epochs,
           settings.limits.ranges},
          layer_options(settings)};
}

/// Null where it is off.
Result<std::unique_ptr<StatePublisher>> open_state_publisher(const CentralSettings& settings,
                                                             const DatabaseIdentity& identity) {
  if (!settings.publish_state) return std::unique_ptr<StatePublisher>();
  return StatePublisher::open(settings.kafka, "wayside-central-" + identity.id + "-state");
}

/// Null where it is off.
Result<std::unique_ptr<Bronze>> open_bronze(const CentralSettings& settings, SqlDatabase& database) {
  if (settings.bronze.dir.empty()) return std::unique_ptr<Bronze>();
  auto gaps = database.query_integer("SELECT count(*) FROM gap");
  if (!gaps) return std::move(gaps).error();
  return Bronze::open(settings.bronze, gaps->value_or(0), settings.synchronous_full);
}

EventHubOptions hub_options(const HttpSettings& settings, const DatabaseIdentity& identity) {
  EventHubOptions options;
  options.database_id = identity.id;
  // Each start has its own block of numbers, above all that went before.
  options.first_event = static_cast<std::uint64_t>(identity.starts) << 32;
  options.viewers_max = static_cast<std::size_t>(settings.viewers_max);
  options.queue_bytes_max = static_cast<std::size_t>(settings.viewer_queue_kb) * 1024;
  return options;
}

HttpServerOptions server_options(const HttpSettings& settings) {
  HttpServerOptions options;
  options.listen = settings.listen;
  options.cert_file = settings.cert_file;
  options.key_file = settings.key_file;
  options.connections_max = static_cast<std::size_t>(settings.connections_max);
  options.body_bytes_max = 64 * 1024;
  return options;
}

ReaderPoolOptions pool_options(const HttpSettings& settings) {
  ReaderPoolOptions options;
  options.threads = static_cast<std::size_t>(settings.readers);
  options.streams_max = static_cast<std::size_t>(settings.exports_max);
  return options;
}

/// The parts of a running central and their order: the ingest thread folds, the main loop draws and serves.
class Central {
 public:
  /// `http` is the settings' own, fitted to this machine.
  Central(const CentralSettings& settings, const HttpSettings& http, SqlDatabase& database, const DatabaseIdentity& identity,
          std::unique_ptr<Fold> fold, std::unique_ptr<RecordSource> source, std::unique_ptr<AlertDesk> alerts,
          std::unique_ptr<Bronze> bronze, std::unique_ptr<StatePublisher> state_publisher,
          std::unique_ptr<ForecastDesk> forecasts, FindPageFile find_page, std::shared_ptr<const MapTiles> tiles)
      : settings_(settings),
        database_(database),
        fold_(std::move(fold)),
        source_(std::move(source)),
        alerts_(std::move(alerts)),
        bronze_(std::move(bronze)),
        state_publisher_(std::move(state_publisher)),
        forecasts_(std::move(forecasts)),
        board_(static_cast<double>(settings.report_interval_s)),
        hub_(board_, hub_options(http, identity)),
        gbfs_(board_, settings.gbfs),
        readers_(loop_, settings.database, pool_options(http)),
        api_({board_,
              hub_,
              readers_,
              status_,
              clock_,
              rate_,
              identity,
              [this] { return server_.counters(); },
              find_page,
              clock_.wall(),
              desk_,
              loop_,
              settings.http.operator_actions,
              settings.report_interval_s,
              settings.page,
              std::move(tiles),
              gbfs_,
              !settings.http.cert_file.empty(),
              AlertDesk::path_beside(settings.database),
              [this] { return alerts_->counters(); },
              [this] { return bronze_ == nullptr ? BronzeCounters() : bronze_->counters(); },
              [this] { return state_publisher_ == nullptr ? StatePublisherCounters() : state_publisher_->counters(); },
              ForecastDesk::path_beside(settings.database),
              [this] { return forecasts_->counters(); }}),
        server_(loop_, server_options(http), [this](const std::shared_ptr<HttpExchange>& exchange) { api_.handle(exchange); }),
        signals_(loop_, SIGINT, SIGTERM),
        flush_timer_(loop_),
        second_timer_(loop_),
        keep_alive_timer_(loop_) {}

  Status run() {
    board_.apply(fold_->all_stations(), clock_.wall());
    static_cast<void>(board_.take_changed());
    WAYSIDE_TRY(server_.start());
    signals_.async_wait([this](boost::system::error_code error, int number) {
      if (!error) stop(number);
    });
    every(flush_timer_, std::chrono::milliseconds(settings_.delta_interval_ms), [this] { show_changes(); });
    every(second_timer_, kSecond, [this] { each_second(); });
    every(keep_alive_timer_, kKeepAlive, [this] { hub_.keep_alive(); });
    ingest_thread_ = std::jthread([this](const std::stop_token& stop) { ingest(stop); });
    announce_ready("listen=" + address() + " stations=" + std::to_string(board_.stations().size()));
    loop_.run();
    return finish();
  }

 private:
  std::string address() const {
    return settings_.http.listen.substr(0, settings_.http.listen.rfind(':') + 1) + std::to_string(server_.port());
  }

  void ingest(const std::stop_token& stop) {
    const IngestOptions options{static_cast<std::size_t>(settings_.ingest.batch_messages),
                                std::chrono::milliseconds(settings_.ingest.batch_wait_ms), kSecond};
    Ingest ingest(
        *fold_, *source_, clock_, options, status_, desk_,
        [this](FoldedBatch batch, const std::stop_token& stopping) { hand_over(std::move(batch), stopping); }, bronze_.get());
    ingest.run(stop);
  }

  /// To the board, on the main loop; the fold waits when it is too far ahead.
  void hand_over(FoldedBatch batch, const std::stop_token& stop) {
    while (!ahead_.try_acquire_for(std::chrono::milliseconds(100))) {
      if (stop.stop_requested()) return;  // committed; the next start reads it from the database
    }
    auto shared = std::make_shared<FoldedBatch>(std::move(batch));
    asio::post(loop_, [this, shared] {
      for (const StationChange& change : shared->stations) {
        if (change.shown) continue;
        alerts_->station_gone(change.station_id);
        if (state_publisher_ != nullptr) state_publisher_->station_gone(change.station_id);
      }
      board_.apply(std::move(shared->stations), clock_.wall());
      ahead_.release();
    });
  }

  void show_changes() {
    hub_.flush(clock_.wall());
    if (state_publisher_ != nullptr) state_publisher_->look_at(board_, status_);
  }

  void each_second() {
    service_alive();
    const UtcTime now = clock_.wall();
    board_.tick(now);
    alerts_->look_at(board_, status_);
    std::uint64_t readings = 0;
    for (const std::uint64_t count : status_.read().counts.readings) readings += count;
    rate_.sample(readings, now);
  }

  template <class Action>
  void every(asio::steady_timer& timer, std::chrono::milliseconds time, Action action) {
    timer.expires_after(time);
    timer.async_wait([this, &timer, time, action](boost::system::error_code error) {
      if (error) return;
      action();
      every(timer, time, action);
    });
  }

  void stop(int number) {
    log_info("stopping", {{"signal", number}});
    service_stopping();
    ingest_thread_.request_stop();
    hub_.close();
    server_.stop();
    loop_.stop();
  }

  Status finish() {
    ingest_thread_.join();
    desk_.close();
    readers_.stop();
    forecasts_.reset();
    source_.reset();
    WAYSIDE_TRY(database_.checkpoint("TRUNCATE"));
    log_info("stopped", {{"records", status_.read().counts.records}});
    return {};
  }

  const CentralSettings& settings_;
  SystemClock clock_;
  SqlDatabase& database_;
  std::unique_ptr<Fold> fold_;
  std::unique_ptr<RecordSource> source_;
  std::unique_ptr<AlertDesk> alerts_;
  std::unique_ptr<Bronze> bronze_;                   ///< null: off
  std::unique_ptr<StatePublisher> state_publisher_;  ///< null: off
  std::unique_ptr<ForecastDesk> forecasts_;
  IngestStatus status_;
  std::counting_semaphore<> ahead_{kBatchesAheadMax};
  asio::io_context loop_{1};
  OperatorDesk desk_;  // behind the loop, like all that holds connections of it
  Rate rate_;
  Board board_;
  EventHub hub_;
  GbfsFeeds gbfs_;
  ReaderPool readers_;
  Api api_;
  HttpServer server_;
  asio::signal_set signals_;
  asio::steady_timer flush_timer_;
  asio::steady_timer second_timer_;
  asio::steady_timer keep_alive_timer_;
  std::jthread ingest_thread_;
};

Status start_and_run(const CentralSettings& settings, FindPageFile find_page) {
  auto lock = DatabaseLock::take(settings.database);
  if (!lock) return std::move(lock).error();
  auto database = open_writer(settings);
  if (!database) return std::move(database).error();
  auto identity = prepare_schema(*database, SystemClock().wall());
  if (!identity) return std::move(identity).error();
  const SystemClock clock;
  // The fold keeps a reference to the connection, so the connection moves to its place first.
  const auto writer = std::make_unique<SqlDatabase>(std::move(*database));
  auto fold = Fold::open(*writer, fold_options(settings));
  if (!fold) return std::move(fold).error();
  auto tiles = MapTiles::open(settings.page.tiles_file);
  if (!tiles) return std::move(tiles).error();
  auto bronze = open_bronze(settings, *writer);
  if (!bronze) return std::move(bronze).error();
  auto source = make_kafka_source(settings.kafka, "wayside-central-" + identity->id, *bronze != nullptr);
  if (!source) return std::move(source).error();
  auto alerts = AlertDesk::open(settings.alerts, settings.database, identity->id, clock);
  if (!alerts) return std::move(alerts).error();
  auto state_publisher = open_state_publisher(settings, *identity);
  if (!state_publisher) return std::move(state_publisher).error();
  auto forecasts = ForecastDesk::open(settings.database, settings.report_interval_s, clock);
  if (!forecasts) return std::move(forecasts).error();
  HttpSettings http = settings.http;
  fit_connections(http, raise_open_files_limit());
  Central central(settings, http, *writer, *identity, std::move(*fold), std::move(*source), std::move(*alerts),
                  std::move(*bronze), std::move(*state_publisher), std::move(*forecasts), find_page, std::move(*tiles));
  return central.run();
}

}  // namespace

int run_central(const CentralSettings& settings, FindPageFile find_page) {
  const Status ended = start_and_run(settings, find_page);
  if (ended.ok()) return 0;
  print_error(ended.error());
  return 1;
}

}  // namespace wayside::central
