#pragma once

#include <string_view>

namespace wayside::central {

/// A file of the map page, embedded in the program.
struct PageFile {
  std::string_view path;  ///< what the browser asks for: `/`, `/assets/app.js`
  std::string_view content_type;
  std::string_view etag;  ///< without quotes
  std::string_view bytes;
  std::string_view gzip;  ///< empty when there is none
};

/// Null when there is no such file. Only the program itself carries the page; tests of the API bring one of their own.
using FindPageFile = const PageFile* (*)(std::string_view path);
const PageFile* find_embedded_page(std::string_view path);

}  // namespace wayside::central
