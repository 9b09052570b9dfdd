import type { AmfValue } from '../../amf/amf-value.ts';
import { type Command, stringOr } from '../message/command-message.ts';
import { isPublication, type MessageStreams } from './message-streams.ts';
import type { OpenCalls, PeerCall } from './open-calls.ts';
import { type Status, StatusCode, statusObject } from './status.ts';

/** A wish to publish or to play on a message stream. */
export interface StreamRequest {
  readonly messageStreamId: number;
  /** As the client sent it, query included. */
  readonly streamName: string;
  /** What stands behind the name: of publish `live`, `record` or `append`; of play start and length in milliseconds, and reset. */
  readonly args: readonly AmfValue[];
}

/** What the client's commands ask of the session. */
export interface CommandTarget {
  /** Answer with `acceptPublish` or `refusePublish`. */
  onPublish(request: StreamRequest): void;
  /** Answer with `startPlay`, now or when the stream is there, or `endPlay`. */
  onPlay(request: StreamRequest): void;
  /** The client has ended what it did on this message stream. */
  onStop(messageStreamId: number): void;
  /**
   * The client wants nothing of what it plays for now, or goes on.
   * @param timeMs - where it says that it is, milliseconds; 0 where it does not
   */
  onPause(messageStreamId: number, isPaused: boolean, timeMs: number): void;
  /** The client wants to go on from a time, milliseconds. @returns whether there is anything to seek in; left out where there never is */
  onSeek?(messageStreamId: number, timeMs: number): boolean;
  /** getStreamLength. Answer with `answerCall`. @returns whether that will be answered */
  onLength?(transactionId: number, streamName: string): boolean;
  /** The client holds so much media before it shows it, milliseconds; it may say so before it plays. */
  onBufferLength?(messageStreamId: number, ms: number): void;
  /** receiveAudio and receiveVideo: whether the client wants that kind from now on. */
  onReceive(messageStreamId: number, kind: 'audio' | 'video', isWanted: boolean): void;
  /**
   * Any other command. Answer with `answerCall` or `refuseCall`, now or later, unless its transaction id is 0. Where there is no
   * such method, the client is told that nobody knows the command.
   */
  onCall?(call: PeerCall): void;
}

/** The part of the dialogue that commands act on. */
export interface CommandDialogue {
  readonly streams: MessageStreams;
  readonly handler: CommandTarget;
  readonly calls: OpenCalls;
  /** Sends a command, or the answer to one. */
  call(name: string, transactionId: number, ...args: AmfValue[]): void;
  /** Answers a call with an error. */
  refuseCall(transactionId: number, code: string, description: string): void;
  /** Sends onStatus on a message stream. */
  status(messageStreamId: number, status: Status): void;
}

type CommandHandler = (dialogue: CommandDialogue, command: Command, messageStreamId: number) => void;

/** Acts on a command of a connected client. */
export function answerCommand(dialogue: CommandDialogue, command: Command, messageStreamId: number): void {
  const handle = handlers.get(command.name) ?? otherCall;
  handle(dialogue, command, messageStreamId);
}

const handlers = new Map<string, CommandHandler>([
  ['releaseStream', succeed],
  ['FCPublish', succeed],
  ['_checkbw', succeed],
  ['FCUnpublish', unpublish],
  ['FCSubscribe', subscribe],
  ['FCUnsubscribe', succeed],
  ['createStream', createStream],
  ['publish', publish],
  ['play', play],
  ['deleteStream', deleteStream],
  ['closeStream', (dialogue, _, id) => stop(dialogue, id)],
  ['getStreamLength', getStreamLength],
  ['pause', pause],
  ['pauseRaw', pause],
  ['receiveAudio', receive('audio')],
  ['receiveVideo', receive('video')],
  ['seek', seek],
  ['play2', (dialogue, _, id) => fail(dialogue, id, StatusCode.playFailed, 'play2 is not supported')],
  ['_result', ({ calls }, { transactionId, args }) => calls.answer('_result', transactionId, args)],
  ['_error', ({ calls }, { transactionId, args }) => calls.answer('_error', transactionId, args)],
  ['onStatus', () => {}],
]);

function succeed(dialogue: CommandDialogue, { transactionId }: Command): void {
  if (transactionId !== 0) dialogue.call('_result', transactionId, null, undefined);
}

function otherCall(dialogue: CommandDialogue, command: Command, messageStreamId: number): void {
  const { name, transactionId } = command;
  const [commandObject, ...args] = command.args;
  if (dialogue.handler.onCall !== undefined)
    dialogue.handler.onCall({ name, transactionId, commandObject, args, messageStreamId });
  else if (transactionId !== 0)
    dialogue.refuseCall(transactionId, StatusCode.callFailed, `unknown command ${name.slice(0, 64)}`);
}

function createStream(dialogue: CommandDialogue, { transactionId }: Command): void {
  const id = dialogue.streams.create();
  if (id !== undefined) dialogue.call('_result', transactionId, null, id);
  else {
    const description = 'this connection has too many message streams';
    dialogue.refuseCall(transactionId, StatusCode.callFailed, description);
  }
}

/** `live`, `record` and `append` alike: what is published is live, be it recorded or not. */
function publish(dialogue: CommandDialogue, { args }: Command, messageStreamId: number): void {
  const streamName = stringOr(args[1], '');
  if (dialogue.streams.stateOf(messageStreamId) !== 'idle') {
    const description = 'this message stream is already in use: close it first';
    fail(dialogue, messageStreamId, StatusCode.publishBadName, description);
  } else if (dialogue.streams.ask(messageStreamId, 'publish', streamName)) {
    dialogue.handler.onPublish({ messageStreamId, streamName, args: args.slice(2) });
  } else {
    const description = 'publish needs a message stream: call createStream';
    fail(dialogue, messageStreamId, StatusCode.publishFailed, description);
  }
}

/** Every start value plays live. A play on a message stream that plays ends that one first. */
function play(dialogue: CommandDialogue, { args }: Command, messageStreamId: number): void {
  const streamName = stringOr(args[1], '');
  if (isPublication(dialogue.streams.stateOf(messageStreamId))) {
    fail(
      dialogue,
      messageStreamId,
      StatusCode.playFailed,
      'this message stream is publishing: play on another one',
    );
    return;
  }
  stop(dialogue, messageStreamId);
  if (dialogue.streams.ask(messageStreamId, 'play', streamName))
    dialogue.handler.onPlay({ messageStreamId, streamName, args: args.slice(2) });
  else
    fail(dialogue, messageStreamId, StatusCode.playFailed, 'play needs a message stream: call createStream');
}

function deleteStream(dialogue: CommandDialogue, { args }: Command, messageStreamId: number): void {
  const id = typeof args[1] === 'number' ? args[1] : messageStreamId;
  stop(dialogue, id);
  dialogue.streams.delete(id);
}

/** Encoders say this before deleteStream, with the stream name and on message stream 0. */
function unpublish(dialogue: CommandDialogue, command: Command): void {
  const name = stringOr(command.args[1], '');
  for (const id of [...dialogue.streams.withPublication(name)]) {
    const description = `${name} is no longer published`;
    const status: Status = { level: 'status', code: StatusCode.unpublishSuccess, description };
    stop(dialogue, id);
    dialogue.call('onFCUnpublish', 0, null, statusObject(status));
    dialogue.status(id, status);
  }
  succeed(dialogue, command);
}

function subscribe(dialogue: CommandDialogue, command: Command): void {
  const description = `subscribed to ${stringOr(command.args[1], '')}`;
  const status: Status = { level: 'status', code: StatusCode.playStart, description };
  dialogue.call('onFCSubscribe', 0, null, statusObject(status));
  succeed(dialogue, command);
}

function pause(dialogue: CommandDialogue, { args }: Command, messageStreamId: number): void {
  if (dialogue.streams.stateOf(messageStreamId) !== 'playing') return;
  const isPaused = args[1] === true;
  const timeMs = timeOf(args[2]);
  dialogue.handler.onPause(messageStreamId, isPaused, timeMs);
  const code = isPaused ? StatusCode.pauseNotify : StatusCode.unpauseNotify;
  const at = timeMs === 0 ? '' : ` at ${timeMs / 1000} s`;
  const description = `${isPaused ? 'paused' : 'playback continues'}${at}`;
  dialogue.status(messageStreamId, { level: 'status', code, description });
}

function seek(dialogue: CommandDialogue, { args }: Command, messageStreamId: number): void {
  const isPlaying = dialogue.streams.stateOf(messageStreamId) === 'playing';
  if (isPlaying && dialogue.handler.onSeek?.(messageStreamId, timeOf(args[1]))) return;
  fail(dialogue, messageStreamId, StatusCode.seekFailed, 'a live stream has no seek');
}

/** What is live has none. */
function getStreamLength(dialogue: CommandDialogue, { transactionId, args }: Command): void {
  if (dialogue.handler.onLength?.(transactionId, stringOr(args[1], ''))) return;
  dialogue.call('_result', transactionId, null, 0);
}

function timeOf(value: AmfValue): number {
  return typeof value === 'number' && value > 0 && value < Number.MAX_SAFE_INTEGER ? value : 0;
}

function receive(kind: 'audio' | 'video'): CommandHandler {
  return ({ handler }, { args }, id) => handler.onReceive(id, kind, args[1] !== false);
}

function stop(dialogue: CommandDialogue, messageStreamId: number): void {
  if (dialogue.streams.stateOf(messageStreamId) === 'idle') return;
  dialogue.streams.become(messageStreamId, 'idle');
  dialogue.handler.onStop(messageStreamId);
}

function fail(dialogue: CommandDialogue, id: number, code: StatusCode, description: string): void {
  dialogue.status(id, { level: 'error', code, description });
}
