/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <inttypes.h>

// Whatever sets a status keeps the request from the origin and the cache.
static const char *verdict(const struct answer *answer) {
  return answer->status == 0 ? "allow" : "deny";
}

static const char *remap_name(TSRemapStatus status) {
  switch (status) {
  case TSREMAP_NO_REMAP:
    return "TSREMAP_NO_REMAP";
  case TSREMAP_DID_REMAP:
    return "TSREMAP_DID_REMAP";
  case TSREMAP_NO_REMAP_STOP:
    return "TSREMAP_NO_REMAP_STOP";
  case TSREMAP_DID_REMAP_STOP:
    return "TSREMAP_DID_REMAP_STOP";
  case TSREMAP_ERROR:
    return "TSREMAP_ERROR";
  }
  return "unknown";
}

void print_tab_separated(FILE *out, const struct request *request, const struct answer *answer) {
  fprintf(out, "%s\t%s\t%s\t%d\t%s\t%" PRId64 "\t%s\n", request->client, request->url,
          verdict(answer), answer->status, remap_name(answer->remap), answer->body_length,
          answer->content_type[0] != '\0' ? answer->content_type : "-");
}

static void print_json_string(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text != '\0'; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\') {
      fprintf(out, "\\%c", byte);
    } else if (byte < 0x20 || byte > 0x7e) {
      // Bytes of the response may be anything; one by one they are at least valid JSON.
      fprintf(out, "\\u%04x", byte);
    } else {
      fputc(byte, out);
    }
  }
  fputc('"', out);
}

void print_json(FILE *out, const struct request *request, const struct answer *answer) {
  fputs("{\"client\":", out);
  print_json_string(out, request->client);
  fputs(",\"url\":", out);
  print_json_string(out, request->url);
  fprintf(out, ",\"verdict\":\"%s\",\"status\":%d,\"remap\":\"%s\",\"body_length\":%" PRId64,
          verdict(answer), answer->status, remap_name(answer->remap), answer->body_length);
  fputs(",\"content_type\":", out);
  if (answer->content_type[0] != '\0') {
    print_json_string(out, answer->content_type);
  } else {
    fputs("null", out);
  }
  if (answer->location[0] != '\0') {
    fputs(",\"location\":", out);
    print_json_string(out, answer->location);
  }
  if (answer->request_fields[0] != '\0') {
    fputs(",\"request_fields\":", out);
    print_json_string(out, answer->request_fields);
  }
  fputs("}\n", out);
}
