/** What goes over the loopback interface, as dumpcap writes it: for tests that run as root. */
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type RunningTool, runTool } from './run-tool.ts';

/** Whether this process may capture. */
export const mayCapture: boolean = process.getuid?.() === 0;

/** A capture that goes on. */
export class PacketCapture implements AsyncDisposable {
  readonly #file: string;
  readonly #port: number;
  readonly #tool: RunningTool;

  private constructor(file: string, port: number, tool: RunningTool) {
    this.#file = file;
    this.#port = port;
    this.#tool = tool;
  }

  /** Begins to capture what goes to these TCP ports of the machine, and what comes from them. @param file - of the capture */
  static async start(file: string, ports: readonly [number, ...number[]]): Promise<PacketCapture> {
    const filter = `${ports.map((port) => `tcp port ${port}`).join(' or ')} or udp port ${ports[0]}`;
    const buffer = ['-B', '32']; // MiB: a busy machine does not read for a while
    const tool = runTool('dumpcap', ['-q', '-i', 'lo', ...buffer, '-f', filter, '-w', file]);
    await tool.waitForStderr(/File:/);
    return new PacketCapture(file, ports[0], tool);
  }

  /** Ends the capture when all that has come is in the file: dumpcap forgets what it has not read when it is told to end. */
  async finish(): Promise<void> {
    const mark = randomUUID();
    const socket = createSocket('udp4');
    let change = Promise.withResolvers<void>();
    const changes = watch(this.#file, () => change.resolve());
    try {
      socket.send(mark, this.#port, '127.0.0.1');
      while (!(await readFile(this.#file)).includes(mark)) {
        await change.promise; // also of a change while it was read
        change = Promise.withResolvers<void>();
      }
    } finally {
      changes.close();
      socket.close();
    }
    await this.#tool.stop('SIGINT');
    const dropped = /dropped on interface .*: \d+\/(\d+) \(/.exec(this.#tool.stderr)?.[1];
    if (dropped !== '0') throw new Error(`dumpcap has lost packets: ${this.#tool.stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tool[Symbol.asyncDispose]();
  }
}
