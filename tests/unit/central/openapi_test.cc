// Proves that the description of the API and the table of routes name the same routes.
#include "central/openapi.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "central/api.h"

namespace wayside::central {
namespace {

/// `METHOD path`, the hole of the path named as in the table of routes.
std::string route_of(std::string method, std::string path) {
  for (char& c : method) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  const std::size_t hole = path.find('{');
  if (hole != std::string::npos) path.replace(hole, path.find('}') - hole + 1, "{id}");
  return method + " " + path;
}

TEST(OpenApi, every_route_is_described_and_every_description_has_a_route) {
  const auto document = nlohmann::json::parse(openapi_document());
  std::set<std::string> described;
  for (const auto& [path, item] : document.at("paths").items()) {
    for (const auto& [method, operation] : item.items()) described.insert(route_of(method, path));
  }
  const std::vector<std::string> routes = Api::route_list();
  EXPECT_EQ(described, std::set<std::string>(routes.begin(), routes.end()));
}

}  // namespace
}  // namespace wayside::central
