SELECT period, language, label, balance FROM filtered
