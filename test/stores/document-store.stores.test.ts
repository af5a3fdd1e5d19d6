import { describeOnDatabases } from '../support/stores.ts';
import { documentStoreContract } from './document-store.contract.ts';

describeOnDatabases('documents', documentStoreContract);
