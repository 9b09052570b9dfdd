/**
 * RTMP 1.0 with Enhanced RTMP. {@link ClientSession} and {@link ServerSession} are whole connections over a socket or web streams, and
 * {@link connectRtmp} opens one. What they are made of, from handshake and chunks to the dialogues of client and server, is bytes in and
 * bytes out: connections, clocks and timers are the caller's.
 * @module streampump/rtmp
 */
export { ByteQueue } from '../bytes/byte-queue.ts';
export { type ErrorCode, ProtocolError } from '../errors.ts';
export type { AmfObject, AmfValue } from '../protocol/amf/amf-value.ts';
export { CALL_FAILED, CallFault } from '../protocol/amf/call-fault.ts';
export {
  ChunkReader,
  type ChunkReaderLimits,
  INITIAL_CHUNK_SIZE,
} from '../protocol/rtmp/chunk/chunk-reader.ts';
export {
  chunkedSize,
  encodeChunks,
  type MessageHeader,
  OUTGOING_CHUNK_SIZE,
  scatterChunks,
  writeChunks,
} from '../protocol/rtmp/chunk/chunk-writer.ts';
export {
  ClientDialogue,
  type ClientDialogueHandler,
  type ClientIntent,
} from '../protocol/rtmp/dialogue/client-dialogue.ts';
export { CapsEx, enhancedCapabilities } from '../protocol/rtmp/dialogue/enhanced.ts';
export type { MessageStreamState, MessageStreams } from '../protocol/rtmp/dialogue/message-streams.ts';
export {
  type ConnectIntent,
  NetConnection,
  type NetConnectionHandler,
} from '../protocol/rtmp/dialogue/net-connection.ts';
export {
  NET_STREAM_CALLS,
  NetStream,
  type NetStreamHandler,
  type NetStreamHost,
  type ServerRefusal,
  type StreamIntent,
} from '../protocol/rtmp/dialogue/net-stream.ts';
export type { CallAnswer, OpenCalls, PeerCall } from '../protocol/rtmp/dialogue/open-calls.ts';
export type {
  CommandDialogue,
  CommandTarget,
  StreamRequest,
} from '../protocol/rtmp/dialogue/server-commands.ts';
export {
  type ConnectRequest,
  ServerDialogue,
  type ServerDialogueHandler,
} from '../protocol/rtmp/dialogue/server-dialogue.ts';
export { type Status, StatusCode, statusObject } from '../protocol/rtmp/dialogue/status.ts';
export {
  ClientHandshake,
  type ClientHandshakeOptions,
  type HandshakeStep,
  ServerHandshake,
} from '../protocol/rtmp/handshake/handshake.ts';
export { AggregateReader } from '../protocol/rtmp/message/aggregate.ts';
export {
  type Command,
  decodeCommand,
  decodeDataMessage,
  encodeCommand,
  propertiesOf,
} from '../protocol/rtmp/message/command-message.ts';
export {
  BandwidthLimit,
  decodeAbort,
  decodeAcknowledgement,
  decodeSetChunkSize,
  decodeSetPeerBandwidth,
  decodeWindowAcknowledgementSize,
  encodeSetPeerBandwidth,
  encodeUint32,
} from '../protocol/rtmp/message/control-message.ts';
export {
  isCommandType,
  isMediaType,
  type MediaType,
  MessageType,
  type RawMessage,
} from '../protocol/rtmp/message/message.ts';
export {
  decodeUserControl,
  encodeUserControl,
  type UserControl,
  UserControlEvent,
} from '../protocol/rtmp/message/user-control.ts';
export { type Handshake, MessageChannel, type ObjectEncoding } from '../protocol/rtmp/message-channel.ts';
export { parseRtmpUrl, type RtmpTarget } from '../protocol/rtmp/rtmp-url.ts';
export type { WorkMeter } from '../protocol/work-meter.ts';
export {
  type ClientPlayOptions,
  type ClientPublishOptions,
  ClientSession,
  type ClientSessionOptions,
  type ConnectionStatus,
} from '../rtmp-session/client-session.ts';
export type { ClientPlay, ClientPublication } from '../rtmp-session/client-stream.ts';
export { type ConnectRtmpOptions, connectRtmp } from '../rtmp-session/connect-rtmp.ts';
export type { RtmpSession } from '../rtmp-session/rtmp-session.ts';
export type {
  ConnectEvent,
  PauseEvent,
  PlayEvent,
  PublishEvent,
  ReceiveEvent,
  RequestDecision,
  ServerSessionEvent,
} from '../rtmp-session/server-event.ts';
export { ServerSession } from '../rtmp-session/server-session.ts';
export type { ServerPlay, ServerPublication, ServerStreamPlace } from '../rtmp-session/server-stream.ts';
export type { SessionCall, SessionCallHandler, SessionCallRequest } from '../rtmp-session/session-call.ts';
export {
  RtmpCallError,
  RtmpRefusedError,
  SessionClosedError,
  SessionTimeoutError,
} from '../rtmp-session/session-error.ts';
export type { SessionEnd } from '../rtmp-session/session-link.ts';
export type {
  RtmpSessionDeadlines,
  RtmpSessionLimits,
  RtmpSessionOptions,
} from '../rtmp-session/session-options.ts';
export type { StreamMessage, StreamNotice } from '../rtmp-session/stream-message.ts';
export type { NodeDuplex, WebDuplex } from '../rtmp-session/transport.ts';
export type { WaitOptions } from '../rtmp-session/waiting.ts';
