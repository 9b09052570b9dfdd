import { describeOrders } from './order-compliance.ts';
import { openHttp } from './peers.ts';
import { describePlay } from './play-compliance.ts';
import { describePublication } from './publication-compliance.ts';

describePlay(openHttp, {
  started: /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nd\r\nFLV/s,
  refused: /^HTTP\/1\.1 403 /,
  challenged: /^HTTP\/1\.1 401 .*www-authenticate: Basic realm="x"/s,
  notFound: /^HTTP\/1\.1 404 .*there is no stream live\/a, and none came in time\n$/s,
  ended: /\r\n0\r\n\r\n$/,
  revoked: /^HTTP\/1\.1 200 (?!.*\r\n0\r\n\r\n$)/s,
  revokedWaiting: /^HTTP\/1\.1 403 .*enough\n$/s,
  stopped: /^HTTP\/1\.1 200 (?!.*\r\n0\r\n\r\n$)/s,
  stoppedWaiting: /^HTTP\/1\.1 503 .*the relay stops\n$/s,
  pings: false,
});

describePublication(openHttp, {
  refused: /^HTTP\/1\.1 403 .*not from there\n$/s,
  challenged: /^HTTP\/1\.1 401 .*www-authenticate: Basic realm="x"\r\n/s,
  conflict: /^HTTP\/1\.1 409 .*stream live\/a was just taken over by a publisher that sends/s,
  replaced: /^HTTP\/1\.1 409 .*live\/a was taken over by another publisher\n$/s,
  revoked: /^HTTP\/1\.1 403 .*enough\n$/s,
  stopped: /^HTTP\/1\.1 503 .*the relay stops\n$/s,
});

describeOrders('a play', openHttp, (peer) => peer.play());
describeOrders('a publication', openHttp, (peer) => peer.publish());
