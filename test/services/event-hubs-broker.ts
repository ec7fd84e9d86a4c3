import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Kafka broker of its own, whose clients sign in as those of Event Hubs do: SASL plain, with a connection string. */
export interface Broker {
  readonly host: string;
  readonly connectionString: string;
  close(): Promise<void>;
}

const LIBS = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'whosaw-test', 'kafka-4.4.0', 'libs');
const CONNECTION = 'Endpoint=sb://acme/;SharedAccessKeyName=whosaw;SharedAccessKey=key-CANARY';

/** undefined: its jars are not there (`.ci/services` fetches them), which is said in a line. */
export async function startBroker(): Promise<Broker | undefined> {
  if (!existsSync(join(LIBS, '.done-4.4.0'))) {
    console.log('Skips what needs a Kafka broker: run .ci/services, which fetches its jars.');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'whosaw-broker-'));
  const [port, controller] = [await freePort(), await freePort()];
  const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required user_$ConnectionString="${CONNECTION}";`;
  const properties = `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=SASL_PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=SASL_PLAINTEXT://127.0.0.1:${port}
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT
inter.broker.listener.name=INTERNAL
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=${jaas}
log.dirs=${folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
`;
  const internal = await freePort();
  const text = properties
    .replace(/(listeners=SASL_PLAINTEXT[^\n]*)\n/, `$1,INTERNAL://127.0.0.1:${internal}\n`)
    .replace(/(advertised\.listeners=[^\n]*)\n/, `$1,INTERNAL://127.0.0.1:${internal}\n`);
  const file = join(folder, 'server.properties');
  writeFileSync(file, text);
  const classpath = ['-cp', join(LIBS, '*')];
  const format = ['format', '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', file];
  execFileSync('java', ['-Xmx128m', ...classpath, 'kafka.tools.StorageTool', ...format], { stdio: 'ignore' });
  const child = spawn('java', ['-Xmx384m', `-Dkafka.logs.dir=${folder}`, ...classpath, 'kafka.Kafka', file], {
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    host: `127.0.0.1:${port}`,
    connectionString: CONNECTION,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
