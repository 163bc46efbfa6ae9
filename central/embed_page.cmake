cmake_minimum_required(VERSION 3.25)
# cmake -D DIST=folder -D OUT=prefix -P embed_page.cmake
# Reads DIST/manifest.tsv (path, file, content type, gzip file, etag) and writes OUT.S, which takes the files in by
# .incbin, and OUT.cc, which lists them.
file(STRINGS ${DIST}/manifest.tsv rows)
set(asm "    .section .rodata\n")
set(externs "")
set(table "")
set(index 0)

function(embed name file)
  set(asm "${asm}    .global ${name}_begin\n    .global ${name}_end\n${name}_begin:\n    .incbin \"${file}\"\n${name}_end:\n    .byte 0\n"
      PARENT_SCOPE)
  set(externs "${externs}extern const char ${name}_begin[];\nextern const char ${name}_end[];\n" PARENT_SCOPE)
endfunction()

foreach(row IN LISTS rows)
  string(REPLACE ";" "\\;" row "${row}")
  string(REPLACE "\t" ";" fields "${row}")
  list(GET fields 0 path)
  list(GET fields 1 file)
  list(GET fields 2 type)
  list(GET fields 3 gzip)
  list(GET fields 4 etag)
  embed(wayside_page_${index} ${DIST}/${file})
  set(gzip_view "{}")
  if(gzip)
    embed(wayside_page_${index}_gzip ${DIST}/${gzip})
    set(gzip_view "view(wayside_page_${index}_gzip_begin, wayside_page_${index}_gzip_end)")
  endif()
  string(APPEND table
    "      {\"${path}\", \"${type}\", \"${etag}\", view(wayside_page_${index}_begin, wayside_page_${index}_end), ${gzip_view}},\n")
  math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${OUT}.S "${asm}    .section .note.GNU-stack,\"\",%progbits\n")
file(WRITE ${OUT}.cc "// Written by central/embed_page.cmake from the page's manifest.
#include <array>

#include \"central/page.h\"

extern \"C\" {
${externs}}

namespace wayside::central {
namespace {

std::string_view view(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

}  // namespace

const PageFile* find_embedded_page(std::string_view path) {
  static const std::array<PageFile, ${index}> kFiles{{
${table}  }};
  for (const PageFile& file : kFiles) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

}  // namespace wayside::central
")
