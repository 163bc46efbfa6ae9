# Library wayside_central_page: the map page inside the program. The page is built by npm in a copy below the build
# folder, only when its sources change; WAYSIDE_WEB=OFF embeds a one-line page instead and needs no npm.
option(WAYSIDE_WEB "Build the map page with npm and embed it" ON)

set(page_prefix ${CMAKE_CURRENT_BINARY_DIR}/page_files)
if(WAYSIDE_WEB)
  find_program(NPM npm)
  if(NOT NPM)
    message(FATAL_ERROR "npm was not found: install nodejs and npm, or configure with -DWAYSIDE_WEB=OFF for a build without the map page")
  endif()
  set(web ${CMAKE_CURRENT_SOURCE_DIR}/web)
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/web)
  file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${web}/src/* ${web}/scripts/* ${web}/public/*)
  add_custom_command(
    OUTPUT ${copy}/packages.stamp
    COMMAND ${CMAKE_COMMAND} -E make_directory ${copy}
    COMMAND ${CMAKE_COMMAND} -E copy ${web}/package.json ${web}/package-lock.json ${web}/.npmrc ${copy}
    COMMAND ${CMAKE_COMMAND} -E chdir ${copy} ${NPM} ci --prefer-offline --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${copy}/packages.stamp
    DEPENDS ${web}/package.json ${web}/package-lock.json ${web}/.npmrc
    COMMENT "Fetching the map page's packages (npm ci)" VERBATIM)
  add_custom_command(
    OUTPUT ${copy}/dist/manifest.tsv
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${copy}/src ${copy}/scripts ${copy}/public
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${web}/src ${copy}/src
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${web}/scripts ${copy}/scripts
    COMMAND ${CMAKE_COMMAND} -E chdir ${copy} ${NPM} run --silent build
    DEPENDS ${copy}/packages.stamp ${web_sources}
    COMMENT "Building the map page" VERBATIM)
  set(page_dist ${copy}/dist)
else()
  set(page_dist ${CMAKE_CURRENT_SOURCE_DIR}/placeholder)
endif()

add_custom_command(
  OUTPUT ${page_prefix}.S ${page_prefix}.cc
  COMMAND ${CMAKE_COMMAND} -D DIST=${page_dist} -D OUT=${page_prefix} -P ${CMAKE_CURRENT_SOURCE_DIR}/embed_page.cmake
  DEPENDS ${page_dist}/manifest.tsv ${CMAKE_CURRENT_SOURCE_DIR}/embed_page.cmake
  COMMENT "Embedding the map page" VERBATIM)

# The assembler takes no C++ warning flags: its file is a target of its own.
add_library(wayside_central_page_bytes OBJECT ${page_prefix}.S)
add_library(wayside_central_page STATIC ${page_prefix}.cc $<TARGET_OBJECTS:wayside_central_page_bytes>)
target_link_libraries(wayside_central_page PRIVATE wayside_flags)
