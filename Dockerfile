# syntax=docker/dockerfile:1

FROM node:24.21.0-slim AS build
WORKDIR /app
# Dependencies change less often than sources: a layer of their own. Their install scripts are not needed.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
# The bundle of the workflows is made here: a worker never bundles.
RUN npm run build && npm prune --omit=dev --ignore-scripts && test -s dist/workflow-bundle.js

FROM node:24.21.0-slim
# The connection to Temporal checks certificates against the system's.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin ./bin
COPY --from=build /app/tools/node.mjs ./tools/node.mjs
# So that `docker exec`, probes and one-off containers read as the documentation does.
RUN ln -s /app/bin/coppice.mjs /usr/local/bin/coppice
# A volume that is mounted here belongs to the user below.
RUN install --directory --owner node --group node --mode 700 /token
USER node
# Each look is a process of its own, which connects to database and Temporal anew.
HEALTHCHECK --interval=60s --timeout=15s --start-period=60s --retries=3 CMD ["coppice", "health"]
# The worker then ends its batches, within 30 seconds. Give it more than that before it is killed.
STOPSIGNAL SIGTERM
CMD ["coppice", "worker"]
