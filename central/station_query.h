#pragma once

#include <optional>
#include <string>
#include <vector>

#include "central/board.h"
#include "central/query_params.h"

namespace wayside::central {

/// Which stations a request asks for, in which order, from where on.
struct StationQuery {
  static constexpr std::int64_t kLimitMax = 10'000;

  struct Near {
    double lon = 0;
    double lat = 0;
    double radius_m = 0;
  };
  std::optional<std::string> kind;
  std::optional<std::string> line;
  std::optional<std::string> words;  ///< `q`
  std::optional<StationState> state;
  std::optional<QueryParams::Box> box;
  std::optional<Near> near;
  std::optional<std::int64_t> bikes_min;
  std::optional<std::int64_t> docks_min;
  std::int64_t limit = kLimitMax;
  std::vector<std::string> after;  ///< parts of the cursor; empty at the beginning

  /// What cannot be read is noted in `params`.
  static StationQuery read(QueryParams& params);
  /// The same for what does not depend on the present: kind and box; all stations of that kind and in it.
  static StationQuery read_lasting(QueryParams& params);
};

struct StationHit {
  const BoardStation* station = nullptr;
  std::optional<double> distance_m;  ///< with `near`
};

/// One page: by distance with `near`, best first with `q`, else by id.
struct StationPage {
  std::vector<StationHit> hits;
  std::optional<std::string> next_cursor;

  /// Changes whenever one of the stations changes, or others are on the page.
  std::uint64_t fingerprint() const;
};

StationPage find_stations(Board& board, const StationQuery& query);

/// Metres between two places on a sphere of the Earth's mean radius; under 0.6 % from the ellipsoid.
double distance_m(double lon_a, double lat_a, double lon_b, double lat_b);

}  // namespace wayside::central
