import { Client, type ScheduleDescription } from '@temporalio/client';

/**
 * A client whose schedule updates carry the conflict token of a description, which the SDK's own update leaves out:
 * a pause that a person sets between our look and our update then wins.
 */
export function guardedClient(client: Client, seen: ScheduleDescription): Client {
  const { connection } = client;
  const { conflictToken } = seen.raw;
  const workflowService = new Proxy(connection.workflowService, {
    get(service, property, receiver) {
      if (property !== 'updateSchedule') {
        const member: unknown = Reflect.get(service, property, receiver);
        return typeof member === 'function' ? member.bind(service) : member;
      }
      return (request: object) => service.updateSchedule({ ...request, conflictToken });
    },
  });
  const guarded = new Proxy(connection, {
    get: (target, property) => {
      if (property === 'workflowService') return workflowService;
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const { namespace, loadedDataConverter: dataConverter } = client.options;
  return new Client({ connection: guarded, namespace, dataConverter });
}
