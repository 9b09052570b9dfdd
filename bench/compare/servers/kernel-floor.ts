import type { Server } from '../server.ts';

/** No server: the least that the kernel asks for. @param program - built. @param bytesPerSecond - of the stream */
export function kernelFloor(program: string, bytesPerSecond: number): Server {
  return {
    name: 'kernel floor',
    needs: program,
    version: { program: { command: 'uname', args: ['-r'] }, pattern: /\S+/ },
    wires: ['http-flv'],
    isSource: true,
    programs: ({ ports }) => [
      {
        command: program,
        args: ['--port', String(ports['http-flv']), '--rate', String(Math.round(bytesPerSecond))],
      },
    ],
  };
}
