/**
 * Every event of the log, and the fields that its lines have besides those of what they are about (a connection, an upstream, a
 * forward, a listener). Each has a row in docs/log.md.
 */
export const logEvents = {
  // the relay itself
  start: ['version', 'node', 'config', 'workers', 'openFiles'],
  stopped: ['reason', 'signal', 'seconds', 'sessions'],
  signal: ['signal'],
  draining: ['sessions'],
  handover: ['pid'],
  listening: ['listener', 'host', 'port'],
  'admin-socket': [],
  user: ['user', 'uid', 'gid'],
  unreadable: [],
  advice: ['limit'],
  audit: ['what', 'outcome', 'by', 'identity', 'address'],
  configured: [],
  config: [],
  'restart-needed': ['setting'],
  certificate: ['subject', 'validTo'],
  workers: [],
  worker: ['worker', 'code', 'sessions'],
  usage: [],
  failed: [],
  bug: [],
  accept: ['listener'],
  'log-limited': ['about', 'lines', 'most'],
  'log-dropped': ['lines'],
  'log-file': ['file'],
  'access-log': ['lines'],
  // connections
  publish: ['stream'],
  'taken-over': ['stream', 'seconds', 'bytes', 'reason', 'by'],
  unpublish: ['stream', 'seconds', 'bytes', 'reason'],
  play: ['stream'],
  'play-end': ['stream', 'seconds', 'bytes', 'reason'],
  'playback-failed': ['stream', 'reason'],
  refused: ['stream', 'reason'],
  'relay-lost': ['relay', 'stream'],
  blocked: ['address', 'seconds'],
  cut: ['connections', 'address', 'reason'],
  deadline: ['missed'],
  call: ['name', 'outcome'],
  'protocol-error': ['code'],
  'publisher-limit': ['stream'],
  slowed: [],
  stalled: ['stream'],
  tls: ['handshakes', 'address', 'code'],
  challenged: [],
  closing: [],
  unused: [],
  'socket-error': [],
  // the fleet of a house
  roster: ['relays'],
  store: [],
  // recordings
  recording: ['stream', 'recording', 'outcome', 'seconds', 'bytes'],
  'recording-gap': ['stream', 'frames'],
  'store-state': ['state'],
  'store-process': [],
  upload: ['stream', 'recording', 'outcome', 'bytes'],
  uploads: ['state'],
  // other servers
  upstream: ['seconds', 'bytes', 'reason'],
  resumed: [],
  forward: ['seconds', 'bytes', 'reason'],
  hook: [],
  'hook-events': ['outcome', 'events'],
  'hook-program': ['code'],
  'key-set': ['url'],
  // the house of a relay
  house: ['reason'],
  'house-config': ['revision'],
  'house-order': ['what', 'outcome'],
  // a house, of its relays
  link: ['id', 'address', 'reason', 'seconds'],
  'link-refused': ['id', 'address', 'reason'],
  'relay-up': ['id'],
  'relay-down': ['id'],
  instruction: ['id', 'instruction'],
  'permit-key': ['key'],
  route: ['id', 'parent'],
  directing: ['id', 'outcome'],
} as const;

/** What happened, for machines. */
export type LogEvent = keyof typeof logEvents;

/** A value in a line of the log. */
export type LogValue = string | number | boolean | null | undefined;

type FieldName<E extends LogEvent> = (typeof logEvents)[E][number];

/** The fields of an event's lines: all of them, be it as undefined, and no others. */
export type EventFields<E extends LogEvent> = [FieldName<E>] extends [never]
  ? Readonly<Record<string, never>>
  : Readonly<Record<FieldName<E>, LogValue>>;
