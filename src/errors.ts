/** Every stable error code; each has a row in docs/errors.md. */
export type ErrorCode =
  | 'AMF_CLASS_UNKNOWN'
  | 'AMF_MARKER_RESERVED'
  | 'AMF_MARKER_UNKNOWN'
  | 'AMF_PACKET_INVALID'
  | 'AMF_REFERENCE_INVALID'
  | 'AMF_TOO_DEEP'
  | 'AMF_TOO_MANY_VALUES'
  | 'AMF_TRUNCATED'
  | 'AMF_VALUE_INVALID'
  | 'ASF_HEADER_INVALID'
  | 'ASF_PACKET_INVALID'
  | 'CAPTURE_INVALID'
  | 'FLV_SIGNATURE_INVALID'
  | 'FLV_TAG_INVALID'
  | 'FLV_TAG_TOO_LARGE'
  | 'HTTP_FORWARDED_INVALID'
  | 'HTTP_REQUEST_INVALID'
  | 'HTTP_REQUESTS_TOO_MANY'
  | 'MMSH_PACKET_INVALID'
  | 'PROXY_HEADER_INVALID'
  | 'PROXY_HEADER_TOO_LARGE'
  | 'RTMP_ANSWERS_UNREAD'
  | 'RTMP_CHUNK_SIZE_INVALID'
  | 'RTMP_CHUNK_STREAMS_TOO_MANY'
  | 'RTMP_CHUNK_UNEXPECTED'
  | 'RTMP_COMMAND_INVALID'
  | 'RTMP_HANDSHAKE_INVALID'
  | 'RTMP_HANDSHAKE_NOT_RTMP'
  | 'RTMP_MESSAGE_TOO_LARGE'
  | 'RTMP_PARTIAL_BYTES_TOO_MANY'
  | 'RTMP_PAYLOAD_TRUNCATED'
  | 'RTMP_REQUESTS_TOO_MANY'
  | 'RTMPT_ANSWER_INVALID'
  | 'RTMPT_REFUSED'
  | 'STREAM_KEY_INVALID'
  | 'WEBSOCKET_ANSWERS_UNREAD'
  | 'WEBSOCKET_FRAME_INVALID';

/** What a peer sent breaks its protocol or a limit; costs that peer its connection and nobody else anything. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the log says of a fault of our own, on one line: where it was thrown, if that is known. */
export function bugText(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.replace(/\n\s*/g, ' ');
}

/** The reason of a file system's error, for people. */
export function fileReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : message.replace(/^\w+: /, '').replace(/, \w+(?: '.*')?$/, '');
}

/** What keeps a command from doing what it is for: the message is for whoever runs it, and no fault of the program. */
export class PlainError extends Error {}

/** One fault in the configuration: where it stands and what is wrong with it. */
export interface ConfigFault {
  /** What was read: a file, with line and column where they are known, `environment` or `command line`. */
  readonly source: string;
  /** Dotted path of the setting, such as `listen.rtmp.port`, the variable or the option; empty for all of the source. */
  readonly path: string;
  /** What was expected and what was found, as a sentence without its first capital. */
  readonly problem: string;
}

/** The configuration cannot be used; holds all of its faults, not just the first, a line each. */
export class ConfigError extends PlainError {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];
  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ source, path, problem }) =>
      [source, path, problem].filter(Boolean).join(': '),
    );
    super(lines.join('\n'));
    this.faults = faults;
  }
}
