import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../protocol/amf/amf0.ts';
import type { PeerCall } from '../../protocol/rtmp/dialogue/open-calls.ts';
import type { ServerDialogue } from '../../protocol/rtmp/dialogue/server-dialogue.ts';
import type { ClientAnswer } from '../calls/call-outcome.ts';
import { CallsToClient } from '../calls/calls-to-client.ts';
import type { CallingClient } from '../calls/client-call.ts';
import { type CallReply, ClientCalls } from '../calls/client-calls.ts';
import type { Connection } from '../connection.ts';

/** The calls of an RTMP client, and to it. */
export class RtmpCalls {
  readonly #dialogue: ServerDialogue;
  readonly #client: () => CallingClient;
  readonly #ofClient: ClientCalls;
  readonly #toClient: CallsToClient;

  /** @param client - who calls */
  constructor(connection: Connection, dialogue: ServerDialogue, client: () => CallingClient) {
    this.#dialogue = dialogue;
    this.#client = client;
    this.#ofClient = new ClientCalls(connection);
    this.#toClient = new CallsToClient(connection);
  }

  /** The client calls a method of this server. */
  onCall({ name, transactionId, args }: PeerCall): void {
    const reply = transactionId === 0 ? undefined : this.#reply(transactionId);
    this.#ofClient.begin(name, args, this.#client, reply);
  }

  /** Calls a method of the client. */
  call(name: string, args: readonly AmfValue[], timeoutMs?: number): Promise<ClientAnswer> {
    return this.#toClient.call((settle) => {
      const id = this.#dialogue.callPeer(name, args, (answer) =>
        settle(
          'error' in answer ? { is: 'error', value: answer.error } : { is: 'result', value: answer.result },
        ),
      );
      return id === undefined ? undefined : () => this.#dialogue.cancelCall(id);
    }, timeoutMs);
  }

  /** The connection is over. */
  close(): void {
    this.#ofClient.close();
    this.#toClient.close();
  }

  #reply(transactionId: number): CallReply {
    const dialogue = this.#dialogue;
    return {
      result: (value) => ({
        bytes: encodeAmf0(value).length,
        send: () => dialogue.answerCall(transactionId, value),
      }),
      fault: ({ code, description, details }) =>
        dialogue.refuseCall(transactionId, code, description, details === undefined ? {} : { details }),
    };
  }
}
