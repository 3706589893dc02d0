// One attempt in a process of its own, as a kit without a Runtime API would make it:
//   node new_process.mjs HANDLER_FILE EVENT_JSON
import { createRequire } from 'node:module';
import path from 'node:path';

const [file, event] = process.argv.slice(2);
process.chdir(path.dirname(file));
const context = { getRemainingTimeInMillis: () => 30_000, awsRequestId: 'benchmark' };
const { handler } = createRequire(file)(file);
process.stdout.write(JSON.stringify(await handler(JSON.parse(event), context)));
