// pm2 start ecosystem.config.cjs, in the folder of the bot; a new version: pm2 reload my-bot
module.exports = {
  apps: [
    {
      name: "my-bot",
      script: "dist/server.js",
      // Two processes at one port, replaced one after the other. They need one Redis: REDIS_URL in .env.
      exec_mode: "cluster",
      instances: 2,
      env: { NODE_ENV: "production" },
      // pm2 stops with SIGINT, and kills after 1.6 seconds; the bot gives what it has begun 20.
      kill_timeout: 30_000,
    },
  ],
};
