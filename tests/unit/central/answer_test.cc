// Proves what a client's headers make of an answer: its format, its compression, and 304 where nothing has changed.
#include "central/answer.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "central/answer_format.h"
#include "central/body_encoder.h"

namespace wayside::central {
namespace {

HttpRequest request(HttpHeaders headers) {
  HttpRequest made;
  made.target = "/api/v1/stations?kind=bike&cursor=OLD&limit=2";
  made.query = "kind=bike&cursor=OLD&limit=2";
  made.headers = std::move(headers);
  return made;
}

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(1U << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(Answer, the_format_is_chosen_by_parameter_then_by_accept) {
  const auto chosen = [](const std::string& query, const std::string& accept) {
    QueryParams params(query);
    const ListFormat format = read_format(params, request({{"Accept", accept}}));
    return params.error() ? std::string("refused") : std::string(content_type(format));
  };
  EXPECT_EQ(chosen("", ""), "application/json");
  EXPECT_EQ(chosen("", "*/*"), "application/json");
  EXPECT_EQ(chosen("", "text/html,application/xhtml+xml,*/*;q=0.8"), "application/json");
  EXPECT_EQ(chosen("", "text/csv"), "text/csv; charset=utf-8; header=present");
  EXPECT_EQ(chosen("", "application/json;q=0.5, text/csv"), "text/csv; charset=utf-8; header=present");
  EXPECT_EQ(chosen("", "application/json, text/csv;q=0.5"), "application/json");
  EXPECT_EQ(chosen("", "application/x-ndjson"), "application/x-ndjson");
  EXPECT_EQ(chosen("format=ndjson", "text/csv"), "application/x-ndjson");
  EXPECT_EQ(chosen("format=xml", ""), "refused");
}

TEST(Answer, codings_are_taken_only_where_the_client_says_so) {
  const auto coding = [](const std::string& accepted) {
    return std::string(to_text(choose_coding(request({{"accept-encoding", accepted}}))));
  };
  EXPECT_EQ(coding(""), "");
  EXPECT_EQ(coding("gzip"), "gzip");
  EXPECT_EQ(coding("gzip, deflate, br, zstd"), "zstd");
  EXPECT_EQ(coding("zstd;q=0, GZIP;q=0.1"), "gzip");
  EXPECT_EQ(coding("gzip;q=0"), "");
  EXPECT_EQ(coding("gzip;q=0.0, identity"), "");
  EXPECT_EQ(coding("*"), "zstd");
  EXPECT_EQ(coding("br"), "");
}

TEST(Answer, a_body_fed_in_parts_comes_out_whole) {
  std::string body;
  for (int i = 0; i < 20'000; ++i) body += "{\"n\":" + std::to_string(i) + "}\n";
  for (const Coding coding : {Coding::kNone, Coding::kGzip, Coding::kZstd}) {
    BodyEncoder encoder(coding);
    std::string out;
    for (std::size_t at = 0; at < body.size(); at += 7000) encoder.feed(std::string_view(body).substr(at, 7000), false, out);
    encoder.feed({}, true, out);
    if (coding != Coding::kZstd) {
      EXPECT_EQ(coding == Coding::kGzip ? gunzip(out) : out, body);
      continue;
    }
    std::string back(body.size() + 100, '\0');
    std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    ASSERT_EQ(ZSTD_decompressDCtx(context.get(), back.data(), back.size(), out.data(), out.size()), body.size());
    back.resize(body.size());
    EXPECT_EQ(back, body);
  }
}

TEST(Answer, what_the_client_has_is_not_sent_again) {
  HttpResponse first = json_answer(std::string(5000, 'x'));
  finish_answer(first, request({{"accept-encoding", "gzip"}}));
  EXPECT_EQ(header(first, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(first, "Vary"), "Accept, Accept-Encoding");
  const std::string etag = header(first, "ETag");
  EXPECT_EQ(etag.substr(0, 3), "W/\"");
  for (const std::string& known : {etag, std::string("\"a\", ") + etag, etag.substr(2), std::string("*")}) {
    HttpResponse again = json_answer(std::string(5000, 'x'));
    finish_answer(again, request({{"if-none-match", known}}));
    EXPECT_EQ(again.status, 304) << known;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(header(again, "ETag"), etag);
  }
  HttpResponse other = json_answer(std::string(5000, 'y'));
  finish_answer(other, request({{"if-none-match", etag}}));
  EXPECT_EQ(other.status, 200);
  HttpResponse refused = problem(400, "Bad parameter", "x");
  finish_answer(refused, request({{"if-none-match", "*"}}));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(header(refused, "ETag"), "");
}

TEST(Answer, a_problem_may_quote_any_bytes) {
  EXPECT_NE(problem(404, "x", "no \xff\xc3 here").body.find("no \xEF\xBF\xBD\xEF\xBF\xBD here"), std::string::npos);
}

TEST(Answer, the_next_page_is_linked_where_the_format_has_no_place_for_it) {
  HttpResponse response;
  add_next_link(response, request({}), "NEW");
  EXPECT_EQ(header(response, "Link"), "</api/v1/stations?kind=bike&limit=2&cursor=NEW>; rel=\"next\"");
}

TEST(Answer, json_values_become_cells) {
  const auto cell = [](std::string_view json) {
    std::string out;
    append_csv_json(out, json);
    return out;
  };
  EXPECT_EQ(cell("12.5"), "12.5");
  EXPECT_EQ(cell("null"), "");
  EXPECT_EQ(cell(""), "");
  EXPECT_EQ(cell("true"), "true");
  EXPECT_EQ(cell(R"("a,b")"), "\"a,b\"");
  EXPECT_EQ(cell(R"("a\"b\u00e9")"), "\"a\"\"b\xC3\xA9\"");
  EXPECT_EQ(cell("[1,2]"), "\"[1,2]\"");
}

}  // namespace
}  // namespace wayside::central
