// A bot: connects to a server, and answers what the server calls.
//   node call-bot.ts URL
import { CallFault } from 'streampump/amf';
import { connectRtmp } from 'streampump/rtmp';

async function main([url = '']: readonly string[]): Promise<void> {
  const session = await connectRtmp(url, {
    calls: {
      greet: ({ args: [name] }) => {
        if (typeof name !== 'string') throw new CallFault('Bot.NoName', 'whom shall I greet?');
        return `Hello, ${name}!`;
      },
      add: ({ args }) => args.reduce<number>((sum, value) => sum + Number(value), 0),
      uptime: () => process.uptime(),
    },
  });
  console.log('ready');
  const { error } = await session.closed;
  console.log(error?.message ?? 'the server has closed the connection');
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
