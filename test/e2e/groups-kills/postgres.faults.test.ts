import { suiteOfKills, weaviate } from './suite.ts';

suiteOfKills('PostgreSQL', ['postgres', 'temporal'], null, weaviate, []);
