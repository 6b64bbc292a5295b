"""Which runs a batch makes: factors and their levels, seeds, exclusions, identities."""
