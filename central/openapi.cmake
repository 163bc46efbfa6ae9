# Library wayside_central_openapi: the description of the API inside the program.
set(openapi ${CMAKE_CURRENT_SOURCE_DIR}/openapi.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${openapi})
file(READ ${openapi} openapi_text)
file(CONFIGURE OUTPUT openapi.cc @ONLY CONTENT [[
#include "central/openapi.h"

namespace wayside::central {

std::string_view openapi_document() {
  static constexpr std::string_view kDocument = R"openapi(@openapi_text@)openapi";
  return kDocument;
}

}  // namespace wayside::central
]])
add_library(wayside_central_openapi STATIC ${CMAKE_CURRENT_BINARY_DIR}/openapi.cc)
target_link_libraries(wayside_central_openapi PRIVATE wayside_flags)
