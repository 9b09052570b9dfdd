import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { AsfIntake } from '../../../family/asf/asf-intake.ts';
import { MmshIntake } from '../../../family/asf/mmsh-intake.ts';
import { clientIdIn, readPragmas } from '../../../protocol/mmsh/mmsh-pragma.ts';
import { decodePathHeader, PATH_HEADER } from '../../http/relay-path-header.ts';
import { IntakeReader } from '../intake-reader.ts';
import type { UpstreamConnector } from '../server-connector.ts';
import type { Upstream, UpstreamEvents } from '../upstream.ts';
import type { UpstreamInput, UpstreamReader } from '../upstream-input.ts';
import { type PulledWish, UpstreamRequest } from '../upstream-request.ts';
import { AsfAnswer, type ServedAsf } from './asf-answer.ts';
import { MmshDescription } from './mmsh-description.ts';
import { anonymousClientGuid, describeHeaders, playHeaders } from './mmsh-headers.ts';

/**
 * Plays one stream of an MMSH server in order to relay it: asks for its ASF header, then for all streams in that, each on a
 * connection of its own. Who answers with ASF as it is will do as well. There is neither a ping nor a word for a source that is dry.
 */
export class MmshPull implements Upstream {
  /** HTTP has no ping, hence no answer to one. */
  readonly signsOfLife = 0;
  readonly #wish: PulledWish;
  readonly #connector: UpstreamConnector;
  readonly #events: UpstreamEvents;
  readonly #clientGuid = anonymousClientGuid();
  #request: UpstreamRequest;
  /** On the connection before. */
  #describedBytes = 0;

  constructor(wish: PulledWish, connector: UpstreamConnector, events: UpstreamEvents) {
    this.#wish = wish;
    this.#connector = connector;
    this.#events = events;
    this.#request = this.#ask(describeHeaders(wish, this.#clientGuid), (kind, response, input) =>
      kind === 'asf'
        ? this.#media(kind, response, input)
        : new MmshDescription(input, (streams) => this.#play(streams, response)),
    );
  }

  get receivedBytes(): number {
    return this.#describedBytes + this.#request.receivedBytes;
  }

  ping(): void {}

  close(): void {
    this.#request.close();
  }

  #play(streams: readonly number[], { headersDistinct }: IncomingMessage): void {
    this.#request.close();
    this.#describedBytes = this.#request.receivedBytes;
    const clientId = clientIdIn(readPragmas(headersDistinct['pragma'] ?? []));
    const headers = playHeaders(this.#wish, this.#clientGuid, streams, clientId);
    this.#request = this.#ask(headers, (...answer) => this.#media(...answer));
  }

  #media(kind: ServedAsf, { headers }: IncomingMessage, input: UpstreamInput): UpstreamReader {
    const events = this.#events;
    const { meter } = input;
    events.onStart(decodePathHeader(headers[PATH_HEADER]));
    const intake =
      kind === 'asf'
        ? new AsfIntake(meter)
        : new MmshIntake({ meter, onPath: (path) => events.onPath(path) });
    return new IntakeReader(input, events, intake);
  }

  #ask(
    headers: OutgoingHttpHeaders,
    readerOf: (kind: ServedAsf, response: IncomingMessage, input: UpstreamInput) => UpstreamReader,
  ): UpstreamRequest {
    const events = this.#events;
    return new UpstreamRequest(this.#wish.url, headers, this.#connector, {
      onAnswer: (response, input) =>
        new AsfAnswer(input, response.headers['content-type'], (kind) => readerOf(kind, response, input)),
      onSlowed: () => events.onSlowed?.(),
      onEnd: (end) => events.onEnd(end),
    });
  }
}
