export FROM_ENV='{canary}'
