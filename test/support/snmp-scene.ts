import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import snmp from 'net-snmp';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { SnmpAgent } from '../../src/service/admin/snmp/agent.ts';
import { encode, encodeNumber, encodeOctets, encodeOid, Tag } from '../../src/service/admin/snmp/ber.ts';
import { decodeMessage, encodeUserMessage } from '../../src/service/admin/snmp/message.ts';
import { SnmpCounts, type SnmpOutcome } from '../../src/service/admin/snmp/snmp-counts.ts';
import { UserKeys } from '../../src/service/admin/snmp/user-keys.ts';
import { FakeClock } from './fake-clock.ts';
import { RecordingLog } from './recording-log.ts';

const sysName = '1.3.6.1.2.1.1.5.0';

/** An agent that one community and one user may ask, from this machine, on a free port. */
export class AgentScene implements AsyncDisposable {
  readonly agent: SnmpAgent;
  readonly counts: SnmpCounts;
  readonly clock: FakeClock;
  readonly log: RecordingLog;
  /** How much longer than the question the report was that told which agent this is; set by `userPacket`. */
  reportRatio = 0;
  readonly #folder: Disposable;
  readonly #socket = createSocket('udp4');

  private constructor(parts: Pick<AgentScene, 'agent' | 'counts' | 'clock' | 'log'>, folder: Disposable) {
    this.agent = parts.agent;
    this.counts = parts.counts;
    this.clock = parts.clock;
    this.log = parts.log;
    this.#folder = folder;
  }

  static async open(config: Readonly<Record<string, unknown>> = {}): Promise<AgentScene> {
    const folder = mkdtempDisposableSync(join(tmpdir(), 'snmp-'));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder.path, name), text);
      return join(folder.path, name);
    };
    const users = [
      { name: 'ops', authFile: file('auth', 'auth-secret'), privFile: file('priv', 'priv-secret') },
    ];
    const communityFile = file('communities', '# who may read\nopen-sesame\n');
    const wanted = { host: '127.0.0.1', port: 0, requestsPerSecond: 10_000, communityFile, users, ...config };
    const settings = relaySettings.parse({ name: 'ottawa', snmp: wanted });
    if (settings.snmp === null) throw new Error('no agent');
    const [clock, log, counts] = [new FakeClock(), new RecordingLog(), new SnmpCounts()];
    const relay = { figures: async () => [], readiness: 'ready', settings } as const;
    const agent = await SnmpAgent.open(settings.snmp, { clock, log, counts, relay }, false);
    return new AgentScene({ agent, counts, clock, log }, folder);
  }

  /** How many requests there were so far, by what became of them. */
  get outcomes(): Partial<Record<SnmpOutcome, number>> {
    return Object.fromEntries([...this.counts].filter(([, count]) => count > 0));
  }

  async send(packet: Buffer): Promise<void> {
    await new Promise((resolve) => this.#socket.send(packet, this.agent.port, '127.0.0.1', resolve));
  }

  /** What comes back for a packet. */
  async ask(packet: Buffer): Promise<Buffer> {
    const answer = once(this.#socket, 'message');
    await this.send(packet);
    const [bytes] = await answer;
    return bytes as Buffer;
  }

  /** A value as net-snmp gets it by version 3. */
  byUser(authKey = 'auth-secret', privKey = 'priv-secret'): Promise<string> {
    const { SecurityLevel, AuthProtocols, PrivProtocols } = snmp;
    const protocols = { authProtocol: AuthProtocols.sha256, privProtocol: PrivProtocols.aes };
    const user = { name: 'ops', level: SecurityLevel.authPriv, ...protocols, authKey, privKey };
    const session = snmp.createV3Session('127.0.0.1', user, {
      port: this.agent.port,
      retries: 0,
      timeout: 2000,
    });
    return new Promise<string>((resolve, reject) => {
      session.get([sysName], (error, variables = []) =>
        error === null ? resolve(String(variables[0]?.value)) : reject(error),
      );
    }).finally(() => session.close());
  }

  /** GET of sysName by version 3, of a user who hides what is said. */
  async userPacket(): Promise<Buffer> {
    const none = { engineId: Buffer.alloc(0), boots: 0, time: 0, user: '', salt: Buffer.alloc(0) };
    const head = { id: 1, maxBytes: 65_507, isAuthentic: false, isPrivate: false, isReportable: true };
    const scoped = (engineId: Buffer): Buffer =>
      encode(Tag.sequence, encodeOctets(engineId), encodeOctets(''), communityPdu(0xa0));
    const unsigned = (): Buffer => Buffer.alloc(0);
    const question = encodeUserMessage(head, none, scoped(none.engineId), 0, unsigned);
    const answer = await this.ask(question);
    this.reportRatio = answer.length / question.length;
    const report = decodeMessage(answer);
    if (report.version !== 3) throw new Error('no report');
    const { engineId, boots, time } = report.security;
    const protocols = { authProtocol: 'sha256', privProtocol: 'aes' } as const;
    const keys = new UserKeys(
      { name: 'ops', ...protocols, authSecret: 'auth-secret', privSecret: 'priv-secret' },
      engineId,
    );
    const { bytes, salt } = keys.hide(scoped(engineId), { boots, time });
    const security = { engineId, boots, time, user: 'ops', salt };
    const secure = { ...head, isAuthentic: true, isPrivate: true };
    return encodeUserMessage(secure, security, bytes, keys.digestLength, (message) => keys.sign(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.agent.close();
    this.#socket.close();
    this.#folder[Symbol.dispose]();
  }
}

/** GET, GETNEXT, GETBULK or SET of sysName by version 2c. */
export function communityPacket(tag: number, community = 'open-sesame', version = 1): Buffer {
  const pdu = communityPdu(tag);
  return encode(Tag.sequence, encodeNumber(version), encodeOctets(community), pdu);
}

function communityPdu(tag: number): Buffer {
  const variable = encode(Tag.sequence, encodeOid(sysName.split('.').map(Number)), encode(Tag.null));
  return encode(tag, encodeNumber(1), encodeNumber(0), encodeNumber(9), encode(Tag.sequence, variable));
}
