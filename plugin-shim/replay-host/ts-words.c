/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of HTTP that ts.h declares as variables and our plugin uses.
 */
#include <ts/ts.h>

#define WORD(text_name, length_name, text)                                                         \
  const char *text_name = text;                                                                    \
  int length_name = sizeof(text) - 1;

#define METHOD(name)      WORD(TS_HTTP_METHOD_##name, TS_HTTP_LEN_##name, #name)
#define FIELD(name, text) WORD(TS_MIME_FIELD_##name, TS_MIME_LEN_##name, text)

METHOD(CONNECT)
METHOD(GET)
METHOD(HEAD)

FIELD(CACHE_CONTROL, "Cache-Control")
FIELD(CONNECTION, "Connection")
FIELD(CONTENT_LENGTH, "Content-Length")
FIELD(LOCATION, "Location")
FIELD(TRANSFER_ENCODING, "Transfer-Encoding")
