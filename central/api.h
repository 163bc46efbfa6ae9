#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "central/alert_desk.h"
#include "central/board.h"
#include "central/central_settings.h"
#include "central/day_tracks.h"
#include "central/event_hub.h"
#include "central/forecast_desk.h"
#include "central/gbfs_feeds.h"
#include "central/ingest_status.h"
#include "central/map_tiles.h"
#include "central/operator_desk.h"
#include "central/page.h"
#include "central/reader_pool.h"
#include "central/schema.h"
#include "central/state_publisher.h"
#include "central/station_query.h"
#include "common/base/clock.h"
#include "common/http/server.h"

namespace boost::asio {
class io_context;
}

namespace wayside::central {

/// Readings per second over the last seconds; fed once a second.
class Rate {
 public:
  void sample(std::uint64_t total, UtcTime now);
  double per_s() const { return per_s_; }

 private:
  std::uint64_t last_total_ = 0;
  UtcTime last_at_;
  double per_s_ = 0;
};

/// What the routes draw on; all of it outlives the API and belongs to the main loop.
struct ApiContext {
  Board& board;
  EventHub& hub;
  ReaderPool& readers;
  const IngestStatus& ingest;
  const Clock& clock;
  const Rate& rate;
  DatabaseIdentity identity;
  std::function<HttpServerCounters()> server_counters;
  FindPageFile find_page;
  UtcTime started_at;
  OperatorDesk& desk;
  boost::asio::io_context& loop;
  bool operator_actions;           ///< setting http.operator_actions
  std::int64_t report_interval_s;  ///< of streams whose information names none
  const PageSettings& page;
  std::shared_ptr<const MapTiles> tiles;  ///< null: none
  const GbfsFeeds& gbfs;
  bool tls;  ///< clients call us by https
  std::string alerts_path;
  std::function<AlertCounters()> alert_counters;
  std::function<BronzeCounters()> bronze_counters;
  std::function<StatePublisherCounters()> state_topic_counters;
  std::string forecast_path;
  std::function<ForecastCounters()> forecast_counters;
};

/// The HTTP interface: one table of routes. A route that needs the database hands the rest to a reader thread.
class Api {
 public:
  explicit Api(ApiContext context);
  void handle(const std::shared_ptr<HttpExchange>& exchange);
  /// "METHOD pattern" of every route, in the order in which they are tried.
  static std::vector<std::string> route_list();

 private:
  using Exchange = std::shared_ptr<HttpExchange>;
  using Handler = void (Api::*)(const Exchange&, const std::string& id);
  struct Route {
    std::string_view pattern;  ///< `{id}` stands for one path segment
    Handler handler;
    std::string_view method = "GET";
  };
  static const std::vector<Route>& routes();

  void stations(const Exchange& exchange, const std::string&);
  void stations_geojson(const Exchange& exchange, const std::string&);
  using WriteStations = std::function<std::string(const StationPage&, UtcTime)>;
  void list_stations(const Exchange& exchange, QueryParams& params, std::string_view type, const WriteStations& write);
  std::uint64_t mark_of(std::uint64_t fingerprint, std::string_view question) const;
  void station(const Exchange& exchange, const std::string& id);
  void readings(const Exchange& exchange, const std::string& id);
  void weather_and_use(const Exchange& exchange, const std::string&);
  void picture(const Exchange& exchange, const std::string&);
  void aggregates(const Exchange& exchange, const std::string& id);
  void forecast(const Exchange& exchange, const std::string& id);
  void ledger(const Exchange& exchange, const std::string&);
  void page_settings(const Exchange& exchange, const std::string&);
  void tiles(const Exchange& exchange, const std::string&);
  void pipeline(const Exchange& exchange, const std::string&);
  void quarantine(const Exchange& exchange, const std::string&);
  void alerts(const Exchange& exchange, const std::string&);
  void replay_item(const Exchange& exchange, const std::string& id);
  void replay_reason(const Exchange& exchange, const std::string&);
  void move_station(const Exchange& exchange, const std::string& id);
  void operate(const Exchange& exchange, OperatorDesk::Work work);
  void events(const Exchange& exchange, const std::string&);
  void metrics(const Exchange& exchange, const std::string&);
  void openapi(const Exchange& exchange, const std::string&);
  void gbfs_23(const Exchange& exchange, const std::string& file);
  void gbfs_30(const Exchange& exchange, const std::string& file);
  void gbfs(const Exchange& exchange, GbfsVersion version, const std::string& file);
  void healthz(const Exchange& exchange, const std::string&);
  void readyz(const Exchange& exchange, const std::string&);
  void page(const Exchange& exchange);

  static void refuse_method(const Exchange& exchange, std::string_view allowed);
  static void respond(const Exchange& exchange, HttpResponse response);
  /// The same for answers that may be large: those a reader compresses and sends.
  void respond_any(const Exchange& exchange, HttpResponse response);

  ApiContext context_;
  std::shared_ptr<DayTracks> tracks_ = std::make_shared<DayTracks>();
};

}  // namespace wayside::central
