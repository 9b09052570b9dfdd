/**
 * A relay as a part of another program: the same one that the command runs, with the same settings, asking and telling functions of that
 * program.
 * @module streampump/relay
 */
export {
  type NamedCall,
  type ServiceHandlers,
  type ServiceMethod,
  type Services,
  serviceHandlers,
} from '../amf-gateway/service-handlers.ts';
export { ConfigError, type ConfigFault, PlainError } from '../errors.ts';
export {
  type EmbeddedRelay,
  type RelayAddress,
  type RelayConfig,
  type RelayFollower,
  type RelayLogLine,
  type RelayParticipants,
  startRelay,
} from '../process/embedding/embedded-relay.ts';
export type { JsonValue } from '../protocol/amf/amf-json.ts';
export { CALL_FAILED, CallFault } from '../protocol/amf/call-fault.ts';
export type { ListWish, PageWish } from '../service/admin/list-wish.ts';
export {
  ChangeRefused,
  type ClientCallWish,
  type ClientSaid,
  changeObjections,
  type StreamData,
} from '../service/admin/relay-changes.ts';
export type {
  CertificateStatus,
  Finding,
  HouseStatus,
  ListenerStatus,
  LoadStatus,
  Readiness,
  RelayStatus,
  ReloadStatus,
  ServiceStatus,
  SessionStatus,
  StreamExplanation,
  StreamStatus,
  TrackStatus,
  Traffic,
} from '../service/admin/relay-status.ts';
export type {
  FollowedFrame,
  FollowedMark,
  FollowedStream,
  StreamFollowing,
} from '../service/followed-stream.ts';
export type { HookVerb } from '../service/hooks/asked/hook-question.ts';
export type { HookQuestionBody } from '../service/hooks/asked/question-body.ts';
export type {
  AskedFunction,
  HookAnswerBody,
  HookFunction,
  ToldFunction,
} from '../service/hooks/functions/hook-function.ts';
export type { HookEventBody } from '../service/hooks/telling/event-body.ts';
export type { CallHandlers } from '../session/calls/call-handlers.ts';
export type { ClientAnswer } from '../session/calls/call-outcome.ts';
export type { CallingClient, ClientCall, ClientConnect } from '../session/calls/client-call.ts';
export type { SourceOrigin } from '../stream/source.ts';
export type { StreamState } from '../stream/stream-description.ts';
