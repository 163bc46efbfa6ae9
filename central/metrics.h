#pragma once

#include <array>
#include <string>

#include "central/alert_desk.h"
#include "central/bronze.h"
#include "central/day_tracks.h"
#include "central/event_hub.h"
#include "central/forecast_desk.h"
#include "central/ingest_status.h"
#include "central/reader_pool.h"
#include "central/state_publisher.h"
#include "central/station_rules.h"
#include "common/http/server.h"

namespace wayside::central {

/// What one scrape tells.
struct MetricsInput {
  IngestReport ingest;
  EventHubCounters hub;
  HttpServerCounters server;
  std::array<std::size_t, kStationStateCount> stations{};
  ReaderPoolCounters readers;
  UtcTime started_at;
  AlertCounters alerts;
  BronzeCounters bronze;
  DayTracksCounters tracks;
  StatePublisherCounters state_topic;
  ForecastCounters forecasts;
};

/// The Prometheus text format.
std::string metrics_text(const MetricsInput& input);

}  // namespace wayside::central
