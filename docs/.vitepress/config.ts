import { defineConfig } from 'vitepress';
import { linksWithinSite } from './links-within-site.ts';

/** The documentation as a site: `npm run docs:site`. The pages stay what GitHub shows; nothing here is needed to read them. */
export default defineConfig({
  title: 'Coppice',
  description: 'Durable maintenance for the knowledge behind AI applications, on Temporal',
  outDir: '../build/docs',
  cacheDir: '../node_modules/.cache/vitepress',
  cleanUrls: true,
  // Pages link to files of the repository, which are not of the site: links-within-site shows those as text.
  ignoreDeadLinks: [/^(\.\/)?(\.\.\/)+/],
  markdown: { config: linksWithinSite },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/first-ten-minutes' },
      { text: 'Quick reference', link: '/quick-reference' },
      { text: 'Questions', link: '/faq' },
    ],
    sidebar: [
      section('Start', [
        ['Glossary', 'glossary'],
        ['Why Coppice', 'why'],
        ['State of a store', 'check'],
        ['The first ten minutes', 'first-ten-minutes'],
        ['Quick reference', 'quick-reference'],
      ]),
      section('Use', [
        ['Mapping', 'mapping'],
        ['Memories', 'memories'],
        ['Profiles', 'profiles'],
        ['Graphs', 'graphs'],
        ['Duplicates', 'duplicates'],
        ['Documents', 'document-refresh'],
        ['Sources', 'sources'],
        ['Topics and reports', 'intelligence'],
        ['Console', 'console'],
      ]),
      section('Run', [
        ['Running', 'running'],
        ['Connecting', 'connect'],
        ['Kubernetes', 'kubernetes'],
        ['Operations', 'operations'],
        ['Safety', 'safety'],
        ['Sizing', 'sizing'],
        ['Upgrading', 'upgrading'],
        ['Questions by symptom', 'faq'],
        ['Coming from something else', 'migrating'],
      ]),
      section('Reference', [
        ['Jobs', 'jobs'],
        ['Configuration', 'configuration'],
        ['Command line', 'cli'],
        ['HTTP API', 'http-api'],
        ['Supported versions', 'versions'],
        ['Licences', 'licences'],
      ]),
      section('Inside', [
        ['Architecture', 'architecture'],
        ['Add a job', 'add-a-job'],
        ['As a library', 'library'],
        ['Faults', 'faults'],
        ['Benchmarks', 'benchmarks'],
        ['Text of real pages', 'pages'],
      ]),
    ],
  },
});

function section(text: string, pages: readonly (readonly [title: string, page: string])[]) {
  return { text, items: pages.map(([title, page]) => ({ text: title, link: `/${page}` })) };
}
