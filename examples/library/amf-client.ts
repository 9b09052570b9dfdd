// Calls the service of amf-service.ts.
//   node amf-client.ts [URL]
import { AmfCallError, AmfClient } from 'streampump/amf';

async function main([url = 'http://localhost:8000/']: readonly string[]): Promise<void> {
  const client = new AmfClient(url);
  console.log(await client.call('notes.put', ['milk', 'two bottles']));
  console.log(await client.call('notes.get', ['milk']));
  try {
    await client.call('notes.get', ['bread']);
  } catch (error) {
    if (!(error instanceof AmfCallError)) throw error;
    console.log(`${error.code}: ${error.message}`);
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
