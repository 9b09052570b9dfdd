import { deadlines } from '../../support/compliance-scene.ts';
import { describeOrders } from './order-compliance.ts';
import { openMmshPush } from './peers.ts';
import { describePublication } from './publication-compliance.ts';

describePublication(openMmshPush, {
  refused: /^HTTP\/1\.1 403 .*server: Cougar\/9\.6\.7600\.16564\r\n.*not from there\n$/s,
  challenged:
    /^HTTP\/1\.1 401 .*server: Cougar\/9\.6\.7600\.16564\r\n.*www-authenticate: Basic realm="x"\r\n/s,
  conflict: /^HTTP\/1\.1 409 .*stream live\/a was just taken over by another publisher/s,
  replaced: /^HTTP\/1\.1 409 .*live\/a was taken over by another publisher\n$/s,
  revoked: /^HTTP\/1\.1 403 .*enough\n$/s,
  stopped: /^HTTP\/1\.1 503 .*the relay is shutting down\n$/s,
  key: 'streams/a',
  silenceMs: deadlines.pushSilenceMs,
});

describeOrders('a publication', openMmshPush, (peer) => peer.publish());
