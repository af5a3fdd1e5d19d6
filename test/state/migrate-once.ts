/** A process of its own that migrates: `migrate-once DATABASE_URL`. Prints what it applied. */
import { openDatabase } from '../../src/database/database.ts';
import { migrate } from '../../src/state/migrate.ts';

const db = openDatabase({ url: process.argv[2] ?? '' });
const { applied } = await migrate(db, async () => {});
process.stdout.write(JSON.stringify(applied));
await db.destroy();
