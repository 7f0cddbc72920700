"""What a guard keeps from one call to the next: stops, rollouts, tools that were handed out."""
