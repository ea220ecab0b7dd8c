#!/bin/sh
# A client of the gateway with nothing but curl and openssl; see docs/gateway.md.
#
#   export GATEWAY_URL=http://localhost:3000 GATEWAY_CLIENT=shop GATEWAY_SECRET=…
#   sh examples/gateway-client.sh GET /tokens/wx0000000000000000
#   sh examples/gateway-client.sh POST /proxy/wx0000000000000000/cgi-bin/menu/create '{"button":[]}'
#   sh examples/gateway-client.sh POST /proxy/wx0000000000000000/cgi-bin/media/upload?type=image @body
#
# A third argument is the body: a text, or the name of a file after @. CONTENT_TYPE says what it is
# (default: application/json). Prints the answer; ends with 22 when the gateway refuses.
set -eu

method=$1
target=$2
text=${3-}

body=$(mktemp)
trap 'rm -f "$body"' EXIT
case $text in
  @*) cat "${text#@}" >"$body" ;;
  *) printf '%s' "$text" >"$body" ;;
esac

timestamp=$(date +%s)
nonce=$(openssl rand -hex 16)
hash=$(openssl dgst -sha256 -r <"$body" | cut -d ' ' -f 1)
# On a machine that others use too, sign in a way that keeps the secret out of `ps`.
signature=$(
  printf 'v1\n%s\n%s\n%s\n%s\n%s' "$method" "$target" "$timestamp" "$nonce" "$hash" |
    openssl dgst -sha256 -hmac "$GATEWAY_SECRET" -r | cut -d ' ' -f 1
)

set -- --silent --show-error --fail-with-body --path-as-is --request "$method"
if [ "$method" = POST ]; then
  set -- "$@" --data-binary "@$body" --header "Content-Type: ${CONTENT_TYPE:-application/json}"
fi
# Not exec: the body is removed afterwards.
curl "$@" \
  --header "Wx-Client: $GATEWAY_CLIENT" \
  --header "Wx-Timestamp: $timestamp" \
  --header "Wx-Nonce: $nonce" \
  --header "Wx-Content-Sha256: $hash" \
  --header "Wx-Signature: $signature" \
  "$GATEWAY_URL$target"
