import { describeOrders } from './order-compliance.ts';
import { openRtmp } from './peers.ts';
import { describePlay } from './play-compliance.ts';
import { describePublication } from './publication-compliance.ts';

describePlay(openRtmp, {
  started: /^onStatus NetStream\.Play\.Start on 1: playing live\/a$/m,
  refused: /^onStatus NetStream\.Play\.Failed on 1: not from there$/m,
  challenged: /^onStatus NetStream\.Play\.Failed on 1: who are you$/m,
  notFound:
    /^onStatus NetStream\.Play\.StreamNotFound on 1: there is no stream live\/a, and none came in time$/m,
  ended: /^onStatus NetStream\.Play\.UnpublishNotify on 1: live\/a is no longer published\nStream EOF 1$/m,
  revoked: /^onStatus NetStream\.Play\.Failed on 1: enough\nStream EOF 1$/m,
  revokedWaiting: /^onStatus NetStream\.Play\.Failed on 1: enough$/m,
  stopped: /^onStatus NetStream\.Play\.UnpublishNotify on 1: the relay stops\nStream EOF 1$/m,
  stoppedWaiting: /^onStatus NetStream\.Play\.UnpublishNotify on 1: the relay stops$/m,
  format: /^onStatus NetStream\.Play\.Failed on 1: live\/a is not to be had in this format\nStream EOF 1$/m,
  formatWaiting: /^onStatus NetStream\.Play\.Failed on 1: live\/a is not to be had in this format$/m,
  pings: true,
});

describePublication(openRtmp, {
  refused: /^onStatus NetStream\.Publish\.Denied on 1: not from there$/m,
  challenged: /^onStatus NetStream\.Publish\.Denied on 1: who are you$/m,
  conflict:
    /^onStatus NetStream\.Publish\.BadName on 1: stream live\/a was just taken over by another publisher/m,
  replaced: /^onStatus NetStream\.Publish\.BadName on 1: live\/a was taken over by another publisher$/m,
  revoked: /^onStatus NetStream\.Publish\.Denied on 1: enough$/m,
  stopped: /^onStatus NetStream\.Publish\.Failed on 1: the relay stops$/m,
});

describeOrders('a play', openRtmp, (peer) => peer.play());
describeOrders('a publication', openRtmp, (peer) => peer.publish());
