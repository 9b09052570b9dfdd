import type { RelayStatus, SessionStatus, StreamStatus } from '../../src/service/admin/relay-status.ts';

/** A relay that is well. */
export const relayAnswer: RelayStatus = {
  id: 'r1',
  name: 'ottawa',
  version: '0.1.0',
  node: '26.0.0',
  pid: 4711,
  startedAt: '2026-03-01T11:00:00.000Z',
  uptimeSeconds: 3600,
  readiness: 'ready',
  workers: 1,
  logLevel: 'info',
  listeners: [],
  load: [
    { name: 'sessions', now: 3, limit: 1000 },
    { name: 'players', now: 2, limit: null },
  ],
  certificates: [],
  reload: { succeeded: true, at: '2026-03-01T11:00:00.000Z' },
  house: null,
};

/** A stream that is live. */
export function streamAnswer(stream: string, facts: Partial<StreamStatus> = {}): StreamStatus {
  return {
    stream,
    state: 'live',
    family: 'FLV',
    source: { type: 'push', protocol: 'rtmp', peer: '192.0.2.7:51234', client: 'OBS', session: 'c1' },
    since: '2026-03-01T11:30:00.000Z',
    tracks: [
      { kind: 'video', track: 0, codec: 'avc1' },
      { kind: 'audio', track: 0, codec: 'mp4a' },
    ],
    players: 1,
    waitingPlayers: 0,
    laggingPlayers: 0,
    droppedFrames: 0,
    backlogBytes: 0,
    cacheBytes: 1000,
    cacheSeconds: 1,
    receivedBytes: 1000,
    sentBytes: 1000,
    keyframeAgeSeconds: 1,
    keyframeIntervalSeconds: 2,
    videoFramesPerSecond: 30,
    recording: null,
    receivedBitsPerSecond: 3e6,
    sentBitsPerSecond: 3e6,
    ...facts,
  };
}

/** A player that keeps up. */
export function sessionAnswer(id: string, facts: Partial<SessionStatus> = {}): SessionStatus {
  return {
    id,
    role: 'player',
    protocol: 'rtmp',
    tls: false,
    serverName: null,
    stream: 'live/cam1',
    streams: ['live/cam1'],
    via: null,
    address: '198.51.100.20',
    identity: null,
    uid: null,
    client: 'LNX 9,0,124,2',
    since: '2026-03-01T11:45:00.000Z',
    lagging: false,
    droppedFrames: 0,
    backlogBytes: 0,
    backlogMs: 0,
    receivedBytes: 1000,
    sentBytes: 1000,
    receivedBitsPerSecond: 0,
    sentBitsPerSecond: 3e6,
    ...facts,
  };
}
